import { Injectable, Logger, Module } from '@nestjs/common';
import { LazyModuleLoader, NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { jest } from '@jest/globals';
import { type Message, OnSignal, type PayloadOf, Signal, SignalRegistry, SignalsModule } from 'nestjs-signals';
import { compileApp, startApp } from '../support/app.js';
import { garbageCollector } from '../support/garbage.js';

class Ready extends Signal<{ from: string }> {}

const signals = SignalsModule.forFeature([Ready]);

@Injectable()
class Log {
  readonly recorded: string[] = [];

  @OnSignal(Ready)
  onReady({ from }: PayloadOf<Ready>) {
    this.recorded.push(from);
  }
}

describe('a module that is loaded later', () => {
  @Module({ imports: [signals], providers: [Log], exports: [Log] })
  class LazyModule {}

  it('receives what is sent from then on', async () => {
    await using app = await startApp({ imports: [signals] });
    await app.get(Ready).send(null, { from: 'before' });

    const lazy = await app.get(LazyModuleLoader).load(() => LazyModule);
    await app.get(Ready).send(null, { from: 'after' });
    app.get(Ready).sendSync(null, { from: 'sync' });

    expect(lazy.get(Log).recorded).toEqual(['after', 'sync']);
  });

  it('is looked at once: sends after that are as quick as before', async () => {
    await using app = await startApp({ imports: [signals] });
    const { slowPath } = app.get(SignalRegistry);
    await app.get(LazyModuleLoader).load(() => LazyModule);
    expect(slowPath.isRequired).toBe(true);

    await app.get(Ready).send(null, { from: 'after' });

    expect(slowPath.isRequired).toBe(false);
  });

  it('throws its mistakes at the next sender, and leaves the others connected', async () => {
    @Injectable()
    class Wrong {
      @OnSignal(Ready, { sendr: 1 } as never)
      onReady() {}
    }
    @Module({ imports: [signals], providers: [Wrong] })
    class WrongModule {}
    await using app = await startApp({ imports: [signals], providers: [Log] });
    await app.get(LazyModuleLoader).load(() => WrongModule);

    await expect(app.get(Ready).send(null, { from: 'x' })).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' });
    expect(app.get(SignalRegistry).receivers.bind(app.get(SignalRegistry), Ready)).toThrow(/sendr/);
    expect(app.get(Ready).hasReceivers()).toBe(true);
  });
});

describe('a shutdown', () => {
  /** An application whose receiver waits until it is let go. */
  async function withSlowReceiver(shutdownTimeoutMs: number) {
    const gate = Promise.withResolvers<void>();
    @Injectable()
    class Slow {
      done = false;

      @OnSignal(Ready)
      async onReady() {
        await gate.promise;
        this.done = true;
      }
    }
    const app = await compileApp({
      imports: [SignalsModule.forRoot({ shutdownTimeoutMs }), signals],
      providers: [Slow],
    });
    await app.init();
    return { app, slow: app.get(Slow), letGo: gate.resolve };
  }

  it('waits for the sends that are under way', async () => {
    const { app, slow, letGo } = await withSlowReceiver(60_000);
    const sending = app.get(Ready).send(null, { from: 'x' });
    const closing = app.close();
    setImmediate(letGo);
    await closing;

    expect(slow.done).toBe(true);
    await expect(sending).resolves.toHaveLength(1);
  });

  it('warns of what is still running when the time is up, and goes on', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const { app, slow, letGo } = await withSlowReceiver(10);
    const sending = app.get(Ready).send(null, { from: 'x' });
    await app.close();

    expect(slow.done).toBe(false);
    expect(warn.mock.calls.flat()).toContainEqual(expect.stringMatching(/not ended: Slow\.onReady \(Ready\)/));
    letGo();
    await sending;
    warn.mockRestore();
  });

  it('does not wait when nothing is under way', async () => {
    const { app } = await withSlowReceiver(60_000);

    await app.close();

    expect(await app.get(Ready).send(null, { from: 'late' })).toEqual([]);
  });

  it('leaves nothing behind: a closed application can be collected', async () => {
    const collected: string[] = [];
    const collection = new FinalizationRegistry<string>(name => collected.push(name));
    const run = async (name: string) => {
      const app = await startApp({ imports: [signals], providers: [Log] });
      await app.get(Ready).send(null, { from: name });
      collection.register(app.get(SignalRegistry), name);
      collection.register(app.get(Log), name);
      await app.close();
    };
    for (let time = 0; time < 5; time++) await run('app');

    const collectGarbage = garbageCollector();
    for (let time = 0; time < 50 && collected.length < 8; time++) {
      collectGarbage();
      await new Promise(setImmediate);
    }

    expect(collected.length).toBeGreaterThanOrEqual(8);
  });
});

describe('maxDepth', () => {
  it('says how deep receivers may send what they receive', async () => {
    @Injectable()
    class Echo {
      @OnSignal(Ready)
      again({ from }: PayloadOf<Ready>, { signal }: Message) {
        return (signal as Ready).send(this, { from });
      }
    }
    await using app = await compileApp({
      imports: [SignalsModule.forRoot({ maxDepth: 3 }), signals],
      providers: [Echo],
    });

    await expect(app.get(Ready).send(null, { from: 'x' })).rejects.toMatchObject({
      code: 'RECURSION_LIMIT',
      message: expect.stringContaining('more than 3 deep: Ready > Ready > Ready > Ready.'),
    });
  });
});

describe('overrides in tests', () => {
  it('take a mocked provider out, and connect a class that stands in', async () => {
    class Quiet {
      @OnSignal(Ready)
      onReady() {
        return 'stand-in';
      }
    }
    const build = () => Test.createTestingModule({ imports: [SignalsModule.forRoot(), signals], providers: [Log] });
    const mocked = await build().overrideProvider(Log).useValue({}).compile();
    const replaced = await build().overrideProvider(Log).useClass(Quiet).compile();

    expect(await mocked.get(Ready).send(null, { from: 'x' })).toEqual([]);
    expect(await replaced.get(Ready).send(null, { from: 'x' })).toMatchObject([{ value: 'stand-in' }]);
  });
});

describe('NestFactory', () => {
  it('starts an application context with signals, without HTTP', async () => {
    @Module({ imports: [SignalsModule.forRoot(), signals], providers: [Log] })
    class AppModule {}
    const app = await NestFactory.createApplicationContext(AppModule, { logger: false });

    await app.get(Ready).send(null, { from: 'context' });

    expect(app.get(Log).recorded).toEqual(['context']);
    await app.close();
  });

  it('may wrap every instance in a proxy, as instrumentation does', async () => {
    @Module({ imports: [SignalsModule.forRoot(), signals], providers: [Log] })
    class AppModule {}
    const app = await NestFactory.createApplicationContext(AppModule, {
      logger: false,
      abortOnError: false,
      instrument: {
        // What has internal slots cannot be wrapped so.
        instanceDecorator: instance =>
          instance instanceof Object && !(instance instanceof Map) ? new Proxy(instance, {}) : instance,
      },
    });

    await app.get(Ready).send(null, { from: 'proxied' });

    expect(app.get(Log).recorded).toEqual(['proxied']);
    await app.close();
  });
});
