import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { durable, OnSignal, type PayloadOf, SignalRegistry } from 'nestjs-signals';
import { expectReceiver, fakeReceiver, recordSignals, settled } from 'nestjs-signals/testing';
import { type DurableApp, OrderPlaced, Receipt, startDurable } from '../pg-boss/orders.js';

@Injectable()
class Receipts {
  readonly failures: Error[] = [];

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(OrderPlaced) private readonly placed: OrderPlaced,
  ) {}

  @OnSignal(OrderPlaced, { uid: 'receipts.write', delivery: durable({ retryLimit: 2, backoffMs: 1 }) })
  async write({ name }: PayloadOf<OrderPlaced>) {
    const failure = this.failures.pop();
    if (failure) throw failure;
    this.em.create(Receipt, { text: name });
    if (name === 'first') await this.placed.send(this, { name: 'second' });
  }
}

let t: DurableApp;
beforeEach(async () => {
  t = await startDurable({ providers: [Receipts] });
  t.app.get(SignalRegistry).log.receiverFailed = () => {};
});
afterEach(() => t[Symbol.asyncDispose]());

describe('settled, with durable receivers', () => {
  it('waits for jobs, for those that they cause, and for their repetitions', async () => {
    t.app.get(Receipts).failures.push(new Error('not yet'));
    using sent = recordSignals(t.app, OrderPlaced);

    await t.placed.send(null, { name: 'first' });
    expect(sent.first(OrderPlaced).responses).toMatchObject([{ receiver: 'receipts.write', status: 'deferred' }]);
    await settled(t.app, { timeoutMs: 20_000 });

    expect(await t.texts()).toEqual(['first', 'second']);
    expect(sent.of(OrderPlaced).map(({ payload }) => payload.name)).toEqual(['first', 'second']);
    expect(sent.of(OrderPlaced).map(({ receivers }) => receivers.length)).toEqual([2, 1]);
    expect(sent.of(OrderPlaced)[1]).toMatchObject({ causedBy: sent.first(OrderPlaced).id });
  });

  it('names those that wait when the time is up', async () => {
    await t.durable.pause('receipts.write');
    await t.placed.send(null, { name: 'one' });

    await expect(settled(t.app, { timeoutMs: 50 })).rejects.toThrow(
      /^After 50 ms these have not ended: receipts\.write \(1 waiting, paused\)\./,
    );
  });
});

describe('A durable receiver', () => {
  it('is faked in the workers of the application', async () => {
    const faked: unknown[] = [];
    using _ = fakeReceiver(t.app, 'receipts.write', payload => faked.push(payload));

    await t.placed.send(null, { name: 'one' });
    await settled(t.app, { timeoutMs: 20_000 });

    expect(faked).toEqual([{ name: 'one' }]);
    expect(await t.texts()).toEqual([]);
  });

  it('can be expected to be so', () => {
    expectReceiver(t.app, Receipts, 'write').toReceive(OrderPlaced, { delivery: 'durable', uid: 'receipts.write' });
  });
});
