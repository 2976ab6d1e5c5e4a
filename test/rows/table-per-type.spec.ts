import { jest } from '@jest/globals';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { durable, type Message } from 'nestjs-signals';
import { type RowChangedPayload, rowSignals } from 'nestjs-signals/rows';
import { Client } from 'pg';
import { eventually } from '../support/eventually.js';
import { quiet } from '../support/quiet.js';
import { Boss, Guest, Member, PEOPLE, Person } from './people.js';
import { receiverOn, type RowsAppOptions, startRowsApp } from './rows-app.js';

quiet();
jest.setTimeout(60_000);

const ALL = { uid: 'rows', sender: Person, includeSubclasses: true };

/** A receiver, and what is sent to it, in that order: `insert Member 1 level:3`. */
function noting(terms: object = ALL) {
  const sent: string[] = [];
  const payload = ({ operation, key, ...change }: RowChangedPayload, { sender }: Message) => {
    const { id: _id, ...row } = { ...(change.new ?? change.old) };
    const values = Object.entries(row).map(([name, value]) => ` ${name}:${String(value)}`);
    sent.push(`${operation} ${(sender as { name: string }).name} ${String(key)}${values.join('')}`);
    return {};
  };
  return { sent, receiver: receiverOn({ ...terms, delivery: durable({ payload }) }) };
}

async function startPeople({ entities = PEOPLE, ...more }: Partial<RowsAppOptions> = {}, terms: object = ALL) {
  const { sent, receiver } = noting(terms);
  const t = await startRowsApp({ entities, providers: [receiver], ...more });
  /** Runs each statement, or statements in one transaction, and returns all that is sent by them. */
  const of = async (...statements: string[]) => {
    for (const statement of statements) await t.sql(statement);
    await eventually(async () => (await t.sql('select from signals.row_change')).length === 0 && sent.length > 0);
    return sent.splice(0);
  };
  return Object.assign(t, { of });
}

const BOSS = `insert into person values (1, 'Ann'); insert into member (id, level) values (1, 3); insert into boss (id, car) values (1, 'red')`;

it('The sender is the leaf, and each table sends its own columns', async () => {
  await using t = await startPeople();
  const em = t.fork();
  em.create(Boss, { id: 1, name: 'Ann', level: 3, car: 'red' });
  em.create(Guest, { id: 2, name: 'Bob' });
  const member = em.create(Member, { id: 3, name: 'Cy', level: 1 });
  em.create(Person, { id: 4, name: 'Di' });
  await em.flush();
  expect(await t.of()).toEqual([
    'insert Boss 1 name:Ann',
    'insert Guest 2 name:Bob',
    'insert Member 3 name:Cy',
    'insert Person 4 name:Di',
    'insert Guest 2',
    'insert Boss 1 level:3',
    'insert Member 3 level:1',
    'insert Boss 1 car:red',
  ]);
  member.name = 'Cyd';
  await em.flush();
  expect(await t.of(`update person set name = name || '!' where id <> 3; update member set level = 9`)).toEqual([
    'update Member 3 name:Cyd',
    'update Boss 1 name:Ann!',
    'update Guest 2 name:Bob!',
    'update Person 4 name:Di!',
    'update Boss 1 level:9',
    'update Member 3 level:9',
  ]);
  for (const row of await em.find(Person, {})) em.remove(row);
  await em.flush();
  expect((await t.of()).toSorted((one, other) => one.localeCompare(other))).toEqual([
    'delete Boss 1 car:red',
    'delete Boss 1 level:9',
    'delete Boss 1 name:Ann!',
    'delete Guest 2',
    'delete Guest 2 name:Bob!',
    'delete Member 3 level:9',
    'delete Member 3 name:Cyd',
    'delete Person 4 name:Di!',
  ]);
});

const CASES: readonly [what: string, statements: string[], sent: string[]][] = [
  ['inserted into the parent alone', [`insert into person values (1, 'Ann')`], ['insert Person 1 name:Ann']],
  [
    'deleted from the leaf first',
    [`begin; delete from boss; delete from member; delete from person; commit`],
    ['delete Boss 1 car:red', 'delete Boss 1 level:3', 'delete Boss 1 name:Ann'],
  ],
  [
    'inserted and deleted in one transaction',
    [`delete from person`, `begin; ${BOSS}; delete from person; commit`],
    [
      ...['car:red', 'level:3', 'name:Ann'].map(column => `delete Boss 1 ${column}`),
      ...['name:Ann', 'level:3', 'car:red'].map(column => `insert Boss 1 ${column}`),
      ...['car:red', 'level:3', 'name:Ann'].map(column => `delete Boss 1 ${column}`),
    ],
  ],
  [
    'given another key',
    ['update person set id = 2'],
    ['car:red', 'level:3', 'name:Ann'].flatMap(column => [`delete Boss 1 ${column}`, `insert Boss 2 ${column}`]),
  ],
  [
    'made a member, and then a person',
    ['delete from boss', 'update person set name = upper(name)', 'delete from member', 'delete from person'],
    ['delete Boss 1 car:red', 'update Member 1 name:ANN', 'delete Member 1 level:3', 'delete Person 1 name:ANN'],
  ],
  [
    'made a boss again in a savepoint that is rolled back',
    [
      'delete from boss',
      `begin; savepoint s; insert into boss (id, car) values (1, 'blue'); rollback to s; update member set level = 4; commit`,
    ],
    ['delete Boss 1 car:red', 'update Member 1 level:4'],
  ],
  [
    'deleted while a session has set the variables of the triggers',
    [
      `begin; set local signals.statement = 'no number'; set local signals.gone = '-1'; set local signals.inserted = ''; delete from boss; delete from person; commit`,
    ],
    ['delete Boss 1 car:red', 'delete Boss 1 level:3', 'delete Boss 1 name:Ann'],
  ],
];

it('The leaf is found however a program writes the tables of a row', async () => {
  await using t = await startPeople();
  for (const [what, statements, sent] of CASES) {
    await t.of("delete from person; insert into person values (0, 'Zoe')");
    if (!what.includes('alone')) await t.of(`begin; ${BOSS}; commit`);
    const seen = await t.of('delete from person where id = 0', ...statements);
    const others = seen.filter(text => text !== 'delete Person 0 name:Zoe');
    expect({ what, sent: others.toSorted() }).toEqual({ what, sent: sent.toSorted() });
  }
});

it('A receiver of one class has the rows of that class alone, with the fields of all its tables', async () => {
  const terms = { uid: 'rows', sender: Member, fields: ['name'] };
  await using t = await startPeople({}, terms);
  await t.sql(BOSS);
  await t.sql(`insert into person values (2, 'Bob'), (3, 'Cy'); insert into member (id, level) values (2, 5)`);
  await t.sql(`update member set level = 6; update person set name = 'Di'`);
  expect(await t.of('delete from person')).toEqual([
    'insert Member 2 name:Bob',
    'insert Member 2 level:5',
    'update Member 2 name:Di',
    'delete Member 2 name:Di',
    'delete Member 2 level:6',
  ]);
});

it('Of transactions at once, each finds the leaves of its own rows', async () => {
  await using t = await startPeople();
  const clients = [1, 2].map(() => new Client({ connectionString: t.url }));
  for (const client of clients) await client.connect();
  try {
    const [one, two] = clients as [Client, Client];
    await one.query(`begin; insert into person values (1, 'Ann'), (2, 'Bob')`);
    await two.query(`begin; insert into person values (3, 'Cy')`);
    await one.query('insert into member (id, level) values (2, 1)');
    await two.query('insert into guest (id) values (3); delete from person; commit');
    // It waits for the row of the first one.
    const waits = two.query('begin; delete from person where id = 2; commit');
    await one.query('insert into guest (id) values (1); commit');
    await waits;
  } finally {
    for (const client of clients) await client.end();
  }
  expect((await t.of()).filter(text => text.includes('name'))).toEqual(
    expect.arrayContaining([
      'insert Guest 1 name:Ann',
      'insert Member 2 name:Bob',
      'insert Guest 3 name:Cy',
      'delete Guest 3 name:Cy',
    ]),
  );
});

it('An abstract class has a table as well: its rows are sent by their leaves, and a receiver of it alone is refused', async () => {
  abstract class Base {
    shop!: number;
    at!: Date;
    name!: string;
  }
  class Till extends Base {
    sum!: number;
  }
  const base = defineEntity({
    class: Base,
    abstract: true,
    inheritance: 'tpt',
    tableName: `all '100%' \\ "tills"`,
    properties: {
      shop: p.integer().primary().fieldName(`the 'shop' %`),
      at: p.datetime().primary(),
      name: p.string(),
    },
    triggers: rowSignals(),
  } as never);
  const till = defineEntity({
    class: Till,
    extends: base,
    tableName: `a 'till' "%s" \\1`,
    properties: { sum: p.integer() },
  } as never);
  const entities = [base, till];
  await using t = await startPeople({ entities }, { uid: 'rows', sender: Base, includeSubclasses: true });
  const em = t.fork();
  const one = em.create(Till, { shop: 1, at: new Date(0), name: 'Ann', sum: 2 } as never);
  await em.flush();
  one.name = 'Bob';
  await em.flush();
  em.remove(one);
  await em.flush();
  const seen = await t.of();
  expect(seen.map(text => text.split(' ').slice(0, 2).join(' '))).toEqual([
    ...Array<string>(2).fill('insert Till'),
    'update Till',
    ...Array<string>(2).fill('delete Till'),
  ]);
  const alone = startPeople({ entities }, { uid: 'rows', sender: Base });
  await expect(alone).rejects.toMatchObject({
    code: 'ROWS_NOT_SENT',
    message: expect.stringContaining('includeSubclasses') as string,
  });
});

it('Where a leaf alone is signalled, its own table is, and a field of another table is refused', async () => {
  const person = defineEntity({
    class: Person,
    inheritance: 'tpt',
    properties: { id: p.integer().primary(), name: p.string() },
  } as never);
  const member = defineEntity({
    class: Member,
    extends: person,
    properties: { level: p.integer() },
    triggers: rowSignals(),
  } as never);
  const entities = [person, member];
  await using t = await startPeople({ entities }, { uid: 'rows', sender: Member });
  await t.sql(`insert into person values (1, 'Ann'); insert into member (id, level) values (1, 3)`);
  expect(await t.of('delete from person')).toEqual(['insert Member 1 level:3', 'delete Member 1 level:3']);
  const refused = startPeople({ entities }, { uid: 'rows', sender: Member, fields: ['name'] });
  await expect(refused).rejects.toMatchObject({ code: 'UNKNOWN_FIELD' });
});
