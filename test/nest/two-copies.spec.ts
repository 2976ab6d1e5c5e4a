import { jest } from '@jest/globals';
import { Inject, Injectable, Logger, type ModuleMetadata, type Type } from '@nestjs/common';
import { OnSignal, type PayloadOf, PostSave, SignalRegistry, SignalsModule } from 'nestjs-signals';
import { compileApp, startApp } from '../support/app.js';
import { PackageCopy } from '../support/package-copy.js';
import { quiet } from '../support/quiet.js';
import { OrderPlaced } from '../support/order-placed.js';

let copy: PackageCopy;
/** The other copy, whose types are those of this one. */
let other: PackageCopy['exports'];
let OrderShipped: typeof OrderPlaced;

beforeAll(async () => {
  copy = await PackageCopy.load();
  other = copy.exports;
  OrderShipped = class OrderShipped extends other.Signal<{ orderId: string }> {};
});

afterAll(() => copy[Symbol.asyncDispose]());

/** A message that names both copies and the place. */
function naming(place: string): RegExp {
  const parts = [`${process.cwd()}/lib/`, `${copy.directory}/lib/`, place].map(part => `(?=[^]*${escaped(part)})`);
  return new RegExp(parts.join(''));
}

function refused(place: string): object {
  return { name: 'SignalError', code: 'PACKAGE_LOADED_TWICE', message: expect.stringMatching(naming(place)) };
}

function escaped(text: string): string {
  return text.replaceAll(/[^\w/]/g, '\\$&');
}

function withParameter(type: object): Type {
  class Orders {}
  Inject(type as Type)(Orders, undefined, 0);
  Injectable()(Orders);
  return Orders;
}

function withProperty(type: object): Type {
  class Orders {}
  Inject(type as Type)(Orders.prototype, 'signal');
  return Orders;
}

/** Returns a class with the types of its constructor as TypeScript writes them. */
function withType(type: object): Type {
  class Orders {}
  Reflect.defineMetadata('design:paramtypes', [type], Orders);
  Injectable()(Orders);
  return Orders;
}

function starting(metadata: ModuleMetadata): Promise<unknown> {
  return startApp(metadata);
}

describe('Two copies of the package in one application', () => {
  quiet();

  it('are refused where a receiver of one asks for a signal of the other', async () => {
    @Injectable()
    class Receipts {
      @OnSignal(OrderShipped)
      mail() {}
    }
    await expect(starting({ providers: [Receipts] })).rejects.toMatchObject(refused('Receipts.mail'));
  });

  it('are refused where a receiver asks for a built-in signal of the other', async () => {
    @Injectable()
    class Audit {
      @other.OnSignal(other.PostSave)
      write() {}
    }
    await expect(starting({ providers: [Audit] })).rejects.toMatchObject(refused('@OnSignal(PostSave) on Audit.write'));
  });

  it('are refused where forFeature() of either is given a signal of the other', async () => {
    expect(() => SignalsModule.forFeature([OrderShipped])).toThrow(expect.objectContaining(refused('forFeature')));
    expect(() => other.SignalsModule.forFeature([OrderPlaced])).toThrow(expect.objectContaining(refused('forFeature')));
    await expect(starting({ imports: [other.SignalsModule.forFeature([OrderShipped])] })).rejects.toMatchObject(
      refused(' '),
    );
  });

  it('are refused where a module provides a signal of the other', async () => {
    await expect(starting({ providers: [OrderShipped] })).rejects.toMatchObject(refused('OrderShipped'));
  });

  it('are refused where a factory of a module makes a signal of the other', async () => {
    const made = { provide: OrderShipped, useFactory: () => new OrderShipped() };
    await expect(starting({ providers: [made] })).rejects.toMatchObject(refused('OrderShipped'));
  });

  it.each<[string, () => Type]>([
    ['a parameter', () => withParameter(other.PostSave)],
    ['a property', () => withProperty(other.UserLoggedIn)],
    ['its type', () => withType(other.RequestStarted)],
    ['a parameter, as a class that is no signal', () => withParameter(other.AuthSignals)],
  ])('are refused where a built-in signal of the other is injected by %s', async (_, make) => {
    const metatype = make();
    await expect(starting({ controllers: [metatype] })).rejects.toMatchObject(refused('what Orders injects'));

    const error = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    await expect(starting({ providers: [metatype] })).rejects.toThrow('Orders');
    expect(error.mock.calls).toContainEqual([expect.stringMatching(naming('what Orders injects'))]);
    error.mockRestore();
  });

  it('are refused where a factory asks for a built-in signal of the other, if there is one', async () => {
    const inject = [{ token: other.PostSave, optional: true }];
    const made = { provide: 'ORDERS', inject, useFactory: () => ({}) };

    await expect(starting({ providers: [made] })).rejects.toMatchObject(refused('what ORDERS injects'));
  });

  it('are refused where both are imported with forRoot(), in either order', async () => {
    const [first, second] = [SignalsModule.forRoot(), other.SignalsModule.forRoot()];
    await expect(compileApp({ imports: [first, second] })).rejects.toMatchObject(refused('SignalRegistry'));
    await expect(compileApp({ imports: [second, first] })).rejects.toMatchObject(refused('SignalRegistry'));
  });

  it('are refused where the registry is asked about a signal of the other', async () => {
    await using app = await startApp({});
    const registry = app.get(SignalRegistry);

    expect(() => registry.receivers(OrderShipped)).toThrow(expect.objectContaining(refused('SignalRegistry')));
    expect(() => registry.explain(other.PostSave, null)).toThrow(expect.objectContaining(refused('SignalRegistry')));
  });

  it('share what is the same in both: decorators, and deliveries', async () => {
    const mailed: string[] = [];
    @Injectable()
    class Receipts {
      @other.OnSignal(OrderPlaced)
      mail({ orderId }: PayloadOf<OrderPlaced>) {
        mailed.push(orderId);
      }

      @OnSignal(PostSave, { delivery: other.afterCommit })
      print() {}
    }
    await using app = await startApp({ imports: [SignalsModule.forFeature([OrderPlaced])], providers: [Receipts] });
    await app.get(OrderPlaced).send(null, { orderId: '1' });

    expect(mailed).toEqual(['1']);
  });
});

describe('Two copies of the package in one process', () => {
  it('serve an application each', async () => {
    const mailed: string[] = [];
    @Injectable()
    class Receipts {
      @OnSignal(OrderPlaced)
      mail() {
        mailed.push('one');
      }
    }
    @Injectable()
    class Parcels {
      @other.OnSignal(OrderShipped)
      pack() {
        mailed.push('other');
      }
    }
    await using app = await startApp({ imports: [SignalsModule.forFeature([OrderPlaced])], providers: [Receipts] });
    const imports = [other.SignalsModule.forRoot(), other.SignalsModule.forFeature([OrderShipped])];
    await using second = await compileApp({ imports, providers: [Parcels] });
    await second.init();
    await app.get(OrderPlaced).send(null, { orderId: '1' });
    await second.get(OrderShipped).send(null, { orderId: '1' });

    expect(mailed).toEqual(['one', 'other']);
  });
});
