import {
  type CanActivate,
  Controller,
  Get,
  Injectable,
  Logger,
  type MiddlewareConsumer,
  Module,
  type NestMiddleware,
  type NestModule,
  Scope,
  type Type,
  UseGuards,
} from '@nestjs/common';
import { jest } from '@jest/globals';
import { LoginRoute, OnSignal, PostSave, Signal, SignalsModule, UserLoggedIn } from 'nestjs-signals';
import { compilerOf } from '../../lib/schematics/source/index.js';
import { compileApp, startApp } from '../support/app.js';
import { OrderPlaced } from '../support/order-placed.js';

abstract class OrderSignal extends Signal<{ orderId: string }> {}
class OrderShipped extends OrderSignal {}

const signals = SignalsModule.forFeature([OrderPlaced]);

@Injectable()
class Greetings {
  @OnSignal(UserLoggedIn)
  greet() {}
}

/** Returns the lines that are logged on a level while an application starts. */
async function said(level: 'warn' | 'log' | 'debug', start: () => Promise<AsyncDisposable>): Promise<string[]> {
  const spy = jest.spyOn(Logger.prototype, level).mockReturnValue();
  try {
    await using _app = await start();
    return spy.mock.calls.map(([line]) => String(line));
  } finally {
    spy.mockRestore();
  }
}

function started(...providers: Type[]): Promise<unknown> {
  return startApp({ imports: [signals], providers });
}

describe('Refused at start', () => {
  it('an empty list of signals', async () => {
    @Injectable()
    class Receipts {
      @OnSignal([])
      mail() {}
    }
    await expect(started(Receipts)).rejects.toMatchObject({
      code: 'NOT_A_SIGNAL',
      message: expect.stringMatching(/list of signals is empty[^]*Receipts\.mail/),
    });
  });

  it('SignalsModule without forRoot(), also where only built-in signals are received', async () => {
    await expect(compileApp({ imports: [SignalsModule], providers: [Greetings] })).rejects.toMatchObject({
      code: 'MODULE_NOT_IMPORTED',
      message: expect.stringMatching(/forRoot\(\)/),
    });
  });

  it('forFeature() without brackets', () => {
    expect(() => SignalsModule.forFeature(OrderPlaced as never)).toThrow(
      expect.objectContaining({
        code: 'NOT_A_SIGNAL',
        message: expect.stringMatching(/OrderPlaced is not a list[^]*\[/),
      }),
    );
    expect(() => SignalsModule.forFeature(undefined as never)).toThrow(
      expect.objectContaining({ code: 'NOT_A_SIGNAL' }),
    );
  });

  it('receivers of a guard that is only named in a decorator', async () => {
    @Injectable()
    class OfficeHours implements CanActivate {
      @OnSignal(OrderPlaced)
      count() {}

      canActivate() {
        return true;
      }
    }
    @Controller()
    @UseGuards(OfficeHours)
    class Routes {
      @Get()
      get() {}
    }
    const start = (...providers: Type[]) => startApp({ imports: [signals], controllers: [Routes], providers });

    await expect(start()).rejects.toMatchObject({
      code: 'NOT_A_RECEIVER',
      message: expect.stringMatching(/OfficeHours\.count[^]*no module provides it[^]*add OfficeHours to the providers/),
    });
    await expect(start(OfficeHours)).resolves.toBeDefined();
  });

  it('receivers of middleware that no module provides', async () => {
    @Injectable()
    class Counting implements NestMiddleware {
      @OnSignal(OrderPlaced)
      count() {}

      use(_request: object, _response: object, next: () => void) {
        next();
      }
    }
    @Module({ imports: [SignalsModule.forRoot(), signals] })
    class AppModule implements NestModule {
      configure(consumer: MiddlewareConsumer) {
        consumer.apply(Counting).forRoutes('*path');
      }
    }
    const compiled = await compileApp({ imports: [AppModule] });
    const app = compiled.createNestApplication();

    await expect(app.init()).rejects.toMatchObject({
      code: 'NOT_A_RECEIVER',
      message: expect.stringMatching(/Counting\.count[^]*AppModule/),
    });
  });

  it('receivers that a factory makes for each request', async () => {
    const made = { provide: Greetings, useFactory: () => new Greetings(), scope: Scope.REQUEST };

    await expect(startApp({ providers: [made] })).rejects.toMatchObject({
      code: 'NOT_A_RECEIVER',
      message: expect.stringMatching(/Greetings\.greet[^]*factory[^]*useClass/),
    });
  });

  it('a generator, plain or asynchronous', async () => {
    @Injectable()
    class Plain {
      @OnSignal(OrderPlaced)
      *mail() {}
    }
    @Injectable()
    class Asynchronous {
      @OnSignal(OrderPlaced)
      async *mail() {}
    }
    for (const type of [Plain, Asynchronous]) {
      await expect(started(type)).rejects.toMatchObject({
        code: 'NOT_A_RECEIVER',
        message: expect.stringMatching(/\.mail cannot receive signals: it is a generator/),
      });
    }
  });

  it('a context that is promised', async () => {
    const context = async () => ({ actor: 'ann' });

    await expect(startApp({ imports: [] })).resolves.toBeDefined();
    await expect(compileApp({ imports: [SignalsModule.forRoot({ context: context as never })] })).rejects.toMatchObject(
      { code: 'UNKNOWN_OPTION', message: expect.stringMatching(/'context'[^]*promise/) },
    );
  });

  it.each([[null], ['main'], [true], [[]]])('%j for the options of the module, or of a room', async options => {
    const starts = [
      () => SignalsModule.forRoot(options as never),
      () => SignalsModule.forRoot({ passport: options } as never),
      () => SignalsModule.forRoot({ mikroOrm: options } as never),
      () => SignalsModule.forRootAsync({ useFactory: () => options as never }),
    ];
    for (const start of starts) {
      await expect((async () => compileApp({ imports: [start()] }))()).rejects.toMatchObject({
        code: 'UNKNOWN_OPTION',
      });
    }
  });

  it.each([
    [{ passport: { login: Greetings } }],
    [{ passport: { sensitive: 'ssn' } }],
    [{ mikroOrm: { contexts: 'main' } }],
    [{ mikroOrm: { context: ['main'] } }],
    [{ slowReceiverMs: 0 }],
    [{ slowReceiverMs: true }],
  ])('%j', async options => {
    const start = async () => compileApp({ imports: [SignalsModule.forRoot(options as never)] });

    await expect(start()).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' });
  });

  it('forRootAsync() without a factory', () => {
    expect(() => SignalsModule.forRootAsync({} as never)).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }));
  });

  it.each([
    ['@OnSignal', OnSignal(OrderPlaced)],
    ['@LoginRoute', LoginRoute()],
  ])('%s, compiled as a decorator of the standard', (name, decorator) => {
    const decorate = decorator as unknown as (method: Function, context: object) => void;

    expect(() => decorate(() => {}, { kind: 'method', name: 'mail' })).toThrow(
      expect.objectContaining({
        code: 'NOT_A_RECEIVER',
        message: expect.stringMatching(new RegExp(`${name} on mail[^]*"experimentalDecorators": true`)),
      }),
    );
  });
});

describe('Warned of at start', () => {
  it('receivers in an application without SignalsModule, once', async () => {
    @Injectable()
    class Others extends Greetings {
      @OnSignal(PostSave)
      write() {}
    }
    const lines = await said('warn', () => compileApp({ providers: [Greetings, Others] }));

    expect(lines).toEqual([expect.stringMatching(/has receivers[^]*Import SignalsModule\.forRoot\(\)/)]);
  });

  it('nothing, where a test makes the class by itself', async () => {
    expect(Reflect.ownKeys(new Greetings())).toEqual([]);
    expect(await said('warn', () => startApp({ providers: [Greetings] }))).toEqual([]);
  });

  it('a receiver of a signal that no module provides', async () => {
    @Injectable()
    class Receipts {
      @OnSignal(OrderPlaced)
      mail() {}

      @OnSignal(OrderSignal)
      ship() {}
    }
    const warnings = (provided: Type[]) =>
      said('warn', () => startApp({ imports: [SignalsModule.forFeature(provided as never)], providers: [Receipts] }));

    expect(await warnings([OrderShipped])).toEqual([
      expect.stringMatching(/Receipts\.mail receives OrderPlaced[^]*forFeature\(\[OrderPlaced\]\)/),
    ]);
    expect(await warnings([OrderPlaced])).toEqual([expect.stringMatching(/Receipts\.ship receives OrderSignal/)]);
    expect(await warnings([OrderPlaced, OrderShipped])).toEqual([]);
  });
});

describe('The log', () => {
  it('says at start how many receivers of how many signals there are, and which', async () => {
    @Injectable()
    class Receipts {
      @OnSignal(OrderPlaced, { uid: 'receipts.mail' })
      mail() {}

      @OnSignal(OrderPlaced)
      print() {}
    }
    const start = () => startApp({ imports: [signals], providers: [Receipts, Greetings] });

    expect(await said('log', start)).toContain('3 receivers of 2 signals found');
    expect(await said('debug', start)).toEqual([
      'Greetings.greet receives UserLoggedIn, inline',
      'receipts.mail receives OrderPlaced, inline',
      'Receipts.print receives OrderPlaced, inline',
    ]);
    expect(await said('log', () => startApp({}))).toContain('0 receivers of 0 signals found');
  });
});

it('A Node that is too old is a warning at start, and refused by what changes sources', async () => {
  const { node } = process.versions;
  Object.defineProperty(process.versions, 'node', { value: '20.20.2', configurable: true });
  try {
    expect(await said('warn', () => startApp({}))).toEqual([
      expect.stringMatching(
        /needs Node\.js 22\.17 or newer, and this is 20\.20\.2, [^]*at: +SignalsModule\.forRoot\(\)/,
      ),
    ]);
    expect(() => compilerOf(process.cwd())).toThrow(expect.objectContaining({ code: 'NODE_NOT_SUPPORTED' }));
  } finally {
    Object.defineProperty(process.versions, 'node', { value: node, configurable: true });
  }
});
