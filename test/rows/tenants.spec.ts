import { jest } from '@jest/globals';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { durable, type Message, through } from 'nestjs-signals';
import { type RowChangedPayload, rowSignals } from 'nestjs-signals/rows';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { receiverOn, startRows, startRowsApp } from './rows-app.js';
import { Note, Topic, TENANTS } from './tenant-entities.js';

quiet();
jest.setTimeout(60_000);

/** Schemas that are hard to quote, in SQL and where a text is replaced. */
const [ONE, TWO] = [`$& one's $signals$ /*`, 'Two "2"'] as const;
const inOrder = (one: string, other: string) => one.localeCompare(other);
const noted = ({ schema, key, operation }: RowChangedPayload) => [schema, key, operation];

it('Each tenant has triggers in its schema, made with its table, and its changes say which schema it is', async () => {
  await using t = await startRows(Note, { entities: TENANTS });
  // Both are made while the application runs.
  for (const schema of [ONE, TWO]) await t.orm.schema.create({ schema });
  for (const schema of [ONE, TWO]) {
    const em = t.orm.em.fork({ schema });
    em.create(Note, { id: 1, text: schema });
    await em.flush();
  }
  await t.sql(`update "${ONE}".note set text = 'raw'; delete from "Two ""2""".note`);
  const changes = await t.next(4);
  for (const [schema, last] of [
    [ONE, 'update'],
    [TWO, 'delete'],
  ]) {
    const own = changes.filter(change => change.schema === schema);
    expect(own.map(noted)).toEqual([
      [schema, 1, 'insert'],
      [schema, 1, last],
    ]);
    expect(own[0]).toMatchObject({ new: { id: 1, text: schema } });
  }
});

it('The EntityManager of a receiver is that of the tenant; batches and coalesced changes are of one tenant each', async () => {
  const seen: string[] = [];
  const receive = async (changes: unknown, { em }: Message) => {
    const rows = await em!.find(Note, {}, { orderBy: { id: 1 } });
    seen.push(`${em!.schema}: ${[changes].flat().length} of ${rows.map(({ text }) => text).join(', ')}`);
  };
  const terms = { sender: Note, uid: 'rows', batch: true, coalesce: ({ key }: RowChangedPayload) => String(key) };
  const receiver = receiverOn({ ...terms, delivery: durable({ batch: 100 }) }, receive);
  await using t = await startRowsApp({ entities: TENANTS, providers: [receiver] });
  for (const schema of ['one', 'two']) await t.orm.schema.create({ schema });
  await t.sql(`begin; insert into one.note values (1, 'a'); insert into two.note values (1, 'b'), (2, 'c'); commit`);
  await eventually(() => seen.length === 2);
  expect(seen.toSorted(inOrder)).toEqual(['one: 1 of a', 'two: 2 of b, c']);
});

it('Pivot tables, cascades and a tenant that is dropped before its changes are sent work as without tenants', async () => {
  await using t = await startRowsApp({ entities: TENANTS, options: { work: false } });
  await t.orm.schema.create({ schema: 'one' });
  await t.sql(`insert into one.note values (1, 'a'); insert into one.topic values (7, 1);
    insert into one.note_topics values (1, 7); delete from one.note; drop schema one cascade`);
  const senders = [Topic, through(Note, 'topics')];
  const received: RowChangedPayload[] = [];
  const receiver = receiverOn({ sender: senders, uid: 'rows', delivery: durable() }, change => received.push(change));
  await using _worker = await startRowsApp({ entities: TENANTS, clientUrl: t.url, providers: [receiver] });
  await eventually(() => received.length === 4);
  expect(received.map(change => noted(change).join(' ')).toSorted(inOrder)).toEqual([
    'one 1,7 delete',
    'one 1,7 insert',
    'one 7 delete',
    'one 7 insert',
  ]);
});

it('An entity with a schema of its own is the sender there, whatever tenants call their tables', async () => {
  class Shared {
    id!: number;
  }
  const schema = defineEntity({
    class: Shared,
    tableName: 'note',
    properties: { id: p.integer().primary(), text: p.string() },
    triggers: rowSignals(),
  } as never);
  const senders: unknown[] = [];
  const payload = (change: RowChangedPayload, { sender }: Message) => {
    senders.push([change.schema, (sender as { name: string }).name]);
    return {};
  };
  await using t = await startRowsApp({
    entities: [...TENANTS, schema],
    providers: [receiverOn({ uid: 'rows', delivery: durable({ payload }) })],
  });
  await t.orm.schema.create({ schema: 'one' });
  await t.sql(`begin; insert into note values (1, 'a'); insert into one.note values (1, 'a'); commit`);
  await eventually(() => senders.length === 2);
  expect(senders).toEqual([
    ['public', 'Shared'],
    ['one', 'Note'],
  ]);
});

it('With table-per-type, the leaf of a row is found in the schema of its tenant', async () => {
  class Person {
    id!: number;
    name!: string;
  }
  class Member extends Person {
    level!: number;
  }
  const person = defineEntity({
    class: Person,
    schema: '*',
    inheritance: 'tpt',
    properties: { id: p.integer().primary(), name: p.string() },
    triggers: rowSignals(),
  } as never);
  const member = defineEntity({
    class: Member,
    schema: '*',
    extends: person,
    properties: { level: p.integer() },
  } as never);
  const sent: string[] = [];
  const payload = ({ operation, schema }: RowChangedPayload, { sender }: Message) => {
    sent.push(`${schema} ${operation} ${(sender as { name: string }).name}`);
    return {};
  };
  await using t = await startRowsApp({
    entities: [person, member],
    providers: [receiverOn({ uid: 'rows', delivery: durable({ payload }) })],
  });
  for (const schema of ['one', 'two']) await t.orm.schema.create({ schema });
  await t.sql(`begin; insert into one.person values (1, 'a'); insert into two.person values (1, 'a');
    insert into one.member (id, level) values (1, 2); update one.person set name = 'b'; update two.person set name = 'b';
    delete from two.person; delete from one.person; commit`);
  await eventually(() => sent.length === 8);
  expect(sent).toEqual([
    'one insert Member',
    'two insert Person',
    'one insert Member',
    'one update Member',
    'two update Person',
    'two delete Person',
    'one delete Member',
    'one delete Member',
  ]);
});
