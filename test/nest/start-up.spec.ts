import { Global, Inject, Injectable, Logger, Module, type OnModuleInit } from '@nestjs/common';
import { jest } from '@jest/globals';
import { OnSignal, type PayloadOf, Signal, SignalRegistry, SignalsModule } from 'nestjs-signals';
import { compileApp, startApp } from '../support/app.js';

class Ready extends Signal<{ from: string }> {}

@Injectable()
class Log {
  readonly recorded: string[] = [];

  @OnSignal(Ready)
  onReady({ from }: PayloadOf<Ready>) {
    this.recorded.push(from);
  }
}

@Injectable()
class Eager implements OnModuleInit {
  constructor(private readonly ready: Ready) {
    void ready.send(this, { from: 'constructor' });
  }

  async onModuleInit() {
    await this.ready.send(this, { from: 'onModuleInit' });
  }
}

const signals = SignalsModule.forFeature([Ready]);

/** Lets a provider that takes it be made after all others. */
const late = { provide: 'late', useFactory: () => new Promise(resolve => setImmediate(resolve)) };

@Module({ imports: [signals], providers: [Log], exports: [Log] })
class LogModule {}

@Module({ imports: [signals], providers: [Eager] })
class EagerModule {}

describe('a send before the application is ready', () => {
  it('reaches every receiver once, from a constructor and from onModuleInit', async () => {
    await using app = await startApp({ imports: [EagerModule, LogModule] });

    expect(app.get(Log).recorded).toEqual(['constructor', 'onModuleInit']);
  });

  it('calls at once who is there already, and the others later', async () => {
    await using app = await startApp({ imports: [LogModule, EagerModule] });

    expect(app.get(Log).recorded).toEqual(['constructor', 'onModuleInit']);
  });

  it('is received when a global module sends it that is imported before SignalsModule', async () => {
    @Global()
    @Module({ imports: [signals], providers: [Eager] })
    class GlobalModule {}
    await using app = await compileApp({ imports: [GlobalModule, SignalsModule.forRoot(), LogModule] });
    await app.init();

    expect(app.get(Log).recorded).toEqual(['constructor', 'onModuleInit']);
  });

  it('is received in a test module that is compiled and never initialised', async () => {
    await using app = await compileApp({ imports: [SignalsModule.forRoot(), EagerModule, LogModule] });

    await app.get(Ready).send(null, { from: 'test' });

    expect(app.get(Log).recorded).toEqual(['constructor', 'test']);
  });

  it('is received at the start where the order of its receivers is not known before', async () => {
    const order: string[] = [];
    class Second {
      @OnSignal(Ready, { after: 'first' })
      onReady({ from }: PayloadOf<Ready>) {
        order.push(`second ${from}`);
      }
    }
    @Injectable()
    class First {
      constructor(@Inject('late') readonly _late: unknown) {}

      @OnSignal(Ready, { uid: 'first' })
      onReady({ from }: PayloadOf<Ready>) {
        order.push(`first ${from}`);
      }
    }
    @Module({ providers: [Second] })
    class SecondModule {}
    @Module({ providers: [First, late] })
    class FirstModule {}

    await using _ = await startApp({ imports: [SecondModule, EagerModule, FirstModule] });

    expect(order.slice(0, 2)).toEqual(['first constructor', 'second constructor']);
  });

  it('leaves a mistake of a receiver to the start', async () => {
    class Wrong {
      @OnSignal(Ready, { sendr: 1 } as never)
      onReady() {}
    }
    await using app = await compileApp({ imports: [SignalsModule.forRoot(), EagerModule], providers: [Wrong] });

    await app.get(Ready).send(null, { from: 'test' });

    expect(() => app.get(SignalRegistry).explain(Ready, null)).toThrow(/sendr/);
    await expect(app.init()).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' });
  });

  it('has reached the latecomers before the first onModuleInit runs', async () => {
    const order: string[] = [];
    @Injectable()
    class Late {
      constructor(@Inject('late') readonly _late: unknown) {}

      @OnSignal(Ready)
      async onReady({ from }: PayloadOf<Ready>) {
        await new Promise(setImmediate);
        order.push(from);
      }
    }
    @Injectable()
    class Other implements OnModuleInit {
      onModuleInit() {
        order.push('the first onModuleInit');
      }
    }
    @Module({ imports: [signals], providers: [Other] })
    class OtherModule {}
    @Module({ imports: [signals], providers: [Late, late] })
    class LateModule {}
    await using _ = await startApp({ imports: [OtherModule, EagerModule, LateModule] });

    expect(order.slice(0, 2)).toEqual(['constructor', 'the first onModuleInit']);
  });
});

describe('SignalsModule', () => {
  it('takes its options from other providers with forRootAsync', async () => {
    @Module({ providers: [{ provide: 'config', useValue: { mikroOrm: false } }], exports: ['config'] })
    class ConfigModule {}
    const root = SignalsModule.forRootAsync({
      imports: [ConfigModule],
      inject: ['config'],
      useFactory: (config: { mikroOrm: false }) => config,
    });
    await using app = await compileApp({ imports: [root, LogModule] });
    await app.init();

    await app.get(Ready).send(null, { from: 'async' });

    expect(app.get(Log).recorded).toEqual(['async']);
  });

  it('is refused when it is imported twice, with both importers named', async () => {
    @Module({ imports: [SignalsModule.forRoot()] })
    class OrdersModule {}

    const starting = compileApp({ imports: [SignalsModule.forRoot(), OrdersModule] });

    await expect(starting).rejects.toMatchObject({ code: 'MODULE_IMPORTED_TWICE' });
    await expect(starting).rejects.toThrow(/RootTestModule and OrdersModule[^]*forFeature/);
  });

  it('warns when two modules provide the same class of receivers, and connects it once', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    @Module({ imports: [signals], providers: [Log] })
    class SecondModule {}
    await using app = await startApp({ imports: [LogModule, SecondModule] });

    const responses = await app.get(Ready).send(null, { from: 'test' });

    expect(responses).toHaveLength(1);
    expect(warn.mock.calls.flat().filter(line => String(line).includes('Log'))).toEqual([
      expect.stringMatching(/Log is provided in LogModule and in SecondModule/),
    ]);
    warn.mockRestore();
  });

  it.each([{ mikroOrm: false as const }, {}])('warns of a receiver whose signal nothing sends: %o', async options => {
    const { PostSave } = await import('nestjs-signals');
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    @Injectable()
    class Audit {
      @OnSignal(PostSave)
      onSave() {}
    }
    await using _ = await compileApp({ imports: [SignalsModule.forRoot(options)], providers: [Audit] });
    await _.init();

    expect(warn.mock.calls.flat()).toContainEqual(expect.stringMatching(/Audit.onSave receives PostSave[^]*mikroOrm/));
    warn.mockRestore();
  });

  it('provides the registry of the application', async () => {
    await using app = await startApp({ imports: [] });

    expect(app.get(SignalRegistry)).toBeInstanceOf(SignalRegistry);
  });
});

describe('a failing receiver that no caller learns of', () => {
  it('is logged once by sendRobust, with its uid and without the payload', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    @Injectable()
    class Broken {
      @OnSignal(Ready)
      onReady() {
        throw new Error('broken');
      }
    }
    await using app = await startApp({ imports: [signals], providers: [Broken] });

    await app.get(Ready).sendRobust(null, { from: 'a secret' });

    expect(error).toHaveBeenCalledTimes(1);
    expect(String(error.mock.calls[0]![0])).toMatch(/Broken.onReady failed on Ready/);
    expect(JSON.stringify(error.mock.calls)).not.toContain('a secret');
    error.mockRestore();
  });
});
