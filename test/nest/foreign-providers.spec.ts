import { Inject, Injectable, Logger, Scope } from '@nestjs/common';
import { jest } from '@jest/globals';
import { OnSignal, type PayloadOf, SignalRegistry, SignalsModule, UserLoggedIn } from 'nestjs-signals';
import { startApp } from '../support/app.js';
import { OrderPlaced } from '../support/order-placed.js';

const signals = SignalsModule.forFeature([OrderPlaced]);

@Injectable()
class Receipts {
  readonly mailed: string[] = [];

  @OnSignal(OrderPlaced)
  mail({ orderId }: PayloadOf<OrderPlaced>) {
    this.mailed.push(orderId);
  }

  @OnSignal(UserLoggedIn)
  greet() {}
}

/** The properties that Nest itself reads of every provider. */
const READ_BY_NEST: unknown[] = [
  ...['then', 'constructor', 'onModuleInit', 'onApplicationBootstrap'],
  ...['onModuleDestroy', 'beforeApplicationShutdown', 'onApplicationShutdown'],
];

/** A provider that only exists in a request, as nestjs-cls makes them: touching it outside of one throws. */
function untouchable(touched: string[], target: object = {}): object {
  const refuse = (trap: string) => (_: object, key?: unknown) => {
    if (trap === 'get' && READ_BY_NEST.includes(key)) return Reflect.get(target, key as string) as unknown;
    touched.push(`${trap} ${String(key)}`);
    throw new Error(`Cannot ${trap} ${String(key)} outside of a request`);
  };
  const traps = ['get', 'set', 'has', 'ownKeys', 'deleteProperty', 'defineProperty', 'preventExtensions'] as const;
  return new Proxy(target, Object.fromEntries(traps.map(trap => [trap, refuse(trap)])));
}

const withStringConstructor = () => Object.create({ constructor: 'Receipts' }) as object;

describe('A provider is not touched', () => {
  it('when it throws on every property until a request is there', async () => {
    const touched: string[] = [];
    await using app = await startApp({
      imports: [signals],
      providers: [Receipts, { provide: 'TENANT', useFactory: () => untouchable(touched) }],
    });
    await app.get(OrderPlaced).send(null, { orderId: '1' });

    expect(app.get(Receipts).mailed).toEqual(['1']);
    expect(touched).toEqual([]);
  });

  it('when it does not even give away its prototype or its properties', async () => {
    const refuse = () => {
      throw new Error('closed');
    };
    const closed = () => new Proxy({}, { getPrototypeOf: refuse, getOwnPropertyDescriptor: refuse, ownKeys: refuse });
    await using app = await startApp({
      imports: [signals],
      providers: [Receipts, { provide: 'CLOSED', useFactory: closed }],
    });

    expect(app.get(OrderPlaced).hasReceivers()).toBe(true);
  });

  it('when its getters have effects', async () => {
    const read: string[] = [];
    class Client {
      get authenticate(): never {
        read.push('authenticate');
        throw new Error('not connected');
      }

      get name(): never {
        read.push('name');
        throw new Error('not connected');
      }

      get _usernameField(): never {
        read.push('_usernameField');
        throw new Error('not connected');
      }
    }
    await using app = await startApp({
      imports: [signals],
      providers: [Client, Receipts, { provide: 'CLIENT', useFactory: () => new Client() }],
    });

    expect(app.get(OrderPlaced).hasReceivers()).toBe(true);
    expect(read).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['frozen', Object.freeze({ name: 'settings' })],
    ['without a prototype', Object.create(null)],
    ['without a constructor', Object.create(Object.create(null) as object)],
    ['with a string for its constructor', withStringConstructor()],
    ['a function', Object.assign(() => {}, { authenticate: 'yes' })],
    ['a class', class Settings {}],
    ['null', null],
    ['a symbol', Symbol('settings')],
  ])('when it is %s', async (_, value) => {
    await using app = await startApp({
      imports: [signals],
      providers: [
        Receipts,
        { provide: 'VALUE', useValue: value },
        { provide: 'MADE', useFactory: () => value },
        { provide: 'MADE_LATER', useFactory: () => value, scope: Scope.REQUEST },
      ],
    });
    await app.get(OrderPlaced).send(null, { orderId: '1' });

    expect(app.get(Receipts).mailed).toEqual(['1']);
  });
});

describe('A provider with receivers', () => {
  it('may be frozen', async () => {
    const receipts = Object.freeze(new Receipts());
    await using app = await startApp({ imports: [signals], providers: [{ provide: Receipts, useValue: receipts }] });
    await app.get(OrderPlaced).send(null, { orderId: '1' });

    expect(receipts.mailed).toEqual(['1']);
  });

  it('may be a value that is promised, whether or not somebody injects it', async () => {
    const [lonely, injected] = [new Receipts(), new Receipts()];
    @Injectable()
    class Office {
      constructor(@Inject('INJECTED') readonly receipts: Receipts) {}
    }
    await using app = await startApp({
      imports: [signals],
      providers: [{ provide: 'LONELY', useValue: Promise.resolve(lonely) }],
    });
    await using other = await startApp({
      imports: [signals],
      providers: [{ provide: 'INJECTED', useValue: Promise.resolve(injected) }, Office],
    });
    await app.get(OrderPlaced).send(null, { orderId: '1' });
    await other.get(OrderPlaced).send(null, { orderId: '2' });

    expect([lonely.mailed, injected.mailed]).toEqual([['1'], ['2']]);
  });

  it('is connected with a warning when its promise is kept after the start', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    const receipts = new Receipts();
    const { promise, resolve } = Promise.withResolvers<Receipts>();
    await using app = await startApp({ imports: [signals], providers: [{ provide: 'LATE', useValue: promise }] });
    await app.get(OrderPlaced).send(null, { orderId: '1' });
    resolve(receipts);
    await promise;
    await app.get(OrderPlaced).send(null, { orderId: '2' });

    expect(receipts.mailed).toEqual(['2']);
    expect(warn.mock.calls.flat()).toContainEqual(expect.stringMatching(/LATE[^]*Receipts\.mail/));
    warn.mockRestore();
  });

  it('is no reason to fail when its promise is broken: Nest says so to those who inject it', async () => {
    const broken = Promise.reject<Receipts>(new Error('no connection'));
    broken.catch(() => {});
    await using app = await startApp({ imports: [signals], providers: [{ provide: 'BROKEN', useValue: broken }] });

    expect(app.get(SignalRegistry).receivers()).toEqual([]);
  });
});
