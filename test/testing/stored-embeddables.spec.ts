import { EntitySchema } from '@mikro-orm/core';
import { durable, type Message, Signal } from 'nestjs-signals';
import { DurableSignals } from 'nestjs-signals/pg-boss';
import { inProcess, settled } from 'nestjs-signals/testing';
import { startOrmApp } from '../support/orm.js';
import { SQLITE } from '../support/sqlite.js';

class Card {
  number!: string;
  bank!: string;
}

class Customer {
  id!: number;
  card!: Card;
  cards!: Card[];
  main!: Card;
}

class CustomerKnown extends Signal<{ customer: Customer }> {}

const entities = [
  new EntitySchema<Card>({
    class: Card,
    embeddable: true,
    properties: { number: { type: 'string', hidden: true }, bank: { type: 'string' } },
  }),
  new EntitySchema<Customer>({
    class: Customer,
    properties: {
      id: { type: 'integer', primary: true },
      card: { kind: 'embedded', entity: () => Card, object: true },
      cards: { kind: 'embedded', entity: () => Card, array: true },
      main: { kind: 'embedded', entity: () => Card },
    },
  }),
];

it('What is hidden in an embeddable is not stored, whether it has columns, or is in JSON or in a list', async () => {
  await using t = await startOrmApp({
    entities,
    config: SQLITE,
    providers: [CustomerKnown],
    signals: { durable: inProcess() },
  });
  const received: unknown[] = [];
  const [signal, jobs] = [t.app.get(CustomerKnown), t.app.get(DurableSignals)];
  const receive = ({ customer: { card, cards, main } }: { customer: Customer }, { missing }: Message) => {
    received.push(missing, ...[card, ...cards, main].map(({ number, bank }) => ({ number, bank })));
  };
  signal.connect(receive, { uid: 'knows', delivery: durable() });
  const em = t.fork();
  const card = { number: '4111', bank: 'ours' };
  const customer = em.create(Customer, { card, cards: [card, card], main: card });
  await em.flush();

  await jobs.pause('knows');
  await signal.send(undefined, { customer });
  await em.remove(customer).flush();
  await jobs.resume('knows');
  await settled(t.app);

  const shown = { number: undefined, bank: 'ours' };
  expect(received).toStrictEqual([true, shown, shown, shown, shown]);
});
