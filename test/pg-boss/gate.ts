import { MikroORM } from '@mikro-orm/core';
import { durable, type DurableOptions, type Message } from 'nestjs-signals';
import { eventually } from '../support/eventually.js';
import { type DurableApp, OrderPlaced, startDurable } from './orders.js';

/** A place where receivers wait for the test. */
export class Gate {
  readonly reached: string[] = [];
  private readonly opened = Promise.withResolvers<void>();
  open = () => this.opened.resolve();

  pass(name: string): Promise<void> {
    this.reached.push(name);
    return this.opened.promise;
  }
}

export type Receive = (payload: { name: string }, message: Message) => unknown;
export type Connecting = NonNullable<Parameters<OrderPlaced['connect']>[1]>;
export type Options = DurableOptions<{ name: string }> & { payload?: undefined };

export async function start(receive: Receive, options: Options = {}, more: Omit<Connecting, 'batch'> = {}) {
  const t = await startDurable();
  try {
    connect(t, receive, options, more);
  } catch (error) {
    await t[Symbol.asyncDispose]();
    throw error;
  }
  return t;
}

export function connect(t: DurableApp, receive: Receive, options: Options = {}, more: Omit<Connecting, 'batch'> = {}) {
  t.placed.connect(async (payload, message) => receive(payload, message), {
    uid: 'x',
    delivery: durable(options),
    ...more,
  });
}

export function placeAll(t: DurableApp, names: readonly string[]): Promise<unknown> {
  return t.fork().transactional(async em => {
    for (const name of names) await t.placed.send('somebody', { name }, { em });
  });
}

/** Lets the first attempt at `one` look as if its time had been up for long, until others have noticed. */
export function overdueUntil(t: DurableApp, isSo: () => Promise<boolean>): Promise<void> {
  const overdue = `update signals.job set started_on = now() - interval '2 days'
    where state = 'active' and retry_count = 0 and data->'payload'->>'v' = '{"name":"one"}'`;
  return eventually(async () => {
    await t.app.get(MikroORM).em.getConnection().execute(overdue);
    return isSo();
  });
}
