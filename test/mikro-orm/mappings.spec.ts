import { EntitySchema } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { type Message, OnSignal, type PayloadOf, PostDelete, PostSave, PreDelete, PreSave } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';
import { Log, sharedLog, stored } from './mappings/log.js';
import { entities, Person, Player, Team } from './random/entities.js';

const start = sharedLog();

describe('an embeddable', () => {
  it('that is inline is one change of one property, old and new as objects', async () => {
    const t = start();
    const person = await stored(t.em, Person, { name: 'ann', address: { city: 'Rome', zip: '1' } });

    person.address!.city = 'Bonn';
    await t.em.flush();

    expect(t.log.changes).toMatchObject({
      address: { from: { city: 'Rome', zip: '1' }, to: { city: 'Bonn', zip: '1' } },
    });
    person.address = null;
    await t.em.flush();
    expect(t.log.changes).toMatchObject({ address: { from: { city: 'Bonn', zip: '1' }, to: null } });
  });

  it('that is stored as an object is one, too', async () => {
    const t = start();
    const person = await stored(t.em, Person, { name: 'ann', settings: { theme: 'dark', sizes: [1] } });

    person.settings!.sizes = [1, 2];
    await t.em.flush();

    expect(t.log.changes).toMatchObject({
      settings: { from: { theme: 'dark', sizes: [1] }, to: { theme: 'dark', sizes: [1, 2] } },
    });
  });

  it('may be asked for by its property', async () => {
    const t = start();
    const person = await stored(t.em, Person, { name: 'ann', address: { city: 'Rome' } });
    const calls: string[] = [];
    const sender = Person;
    using _connection = t.app.get(PostSave).connect(() => calls.push('address'), { sender, fields: ['address'] });

    person.name = 'bob';
    await t.em.flush();
    person.address!.city = 'Bonn';
    await t.em.flush();

    expect(calls).toEqual(['address']);
  });
});

describe('a property', () => {
  it('of a custom type is sent as a JavaScript value', async () => {
    const t = start();
    const person = await stored(t.em, Person, { name: 'ann', code: 'x' });

    person.code = 'y';
    await t.em.flush();

    expect(t.log.changes).toMatchObject({ code: { from: 'x', to: 'y' } });
    expect(await t.em.getConnection().execute('select code from person')).toEqual([{ code: 'code:y' }]);
  });

  it('that is hidden is marked, so that logs can leave it out', async () => {
    const t = start();
    const person = await stored(t.em, Person, { name: 'ann', secret: 'old' });

    Object.assign(person, { secret: 'new', age: 7 });
    await t.em.flush();

    expect(t.log.changes.secret).toEqual({ from: 'old', to: 'new', hidden: true });
    expect(t.log.changes.age).toEqual({ from: null, to: 7 });
  });

  it('that the database computes is sent when it changes, and never otherwise', async () => {
    const t = start();
    const person = await stored(t.em, Person, { name: 'ann' });

    person.name = 'bob';
    await t.em.flush();
    expect(t.log.changes).toMatchObject({ loud: { from: 'ANN', to: 'BOB' }, version: { from: 1, to: 2 } });
    person.age = 7;
    await t.em.flush();
    expect(Object.keys(t.log.changes).sort()).toEqual(['age', 'version']);
    expect(t.log.changes).toMatchObject({ version: { from: 2, to: 3 } });
  });

  it('that was never set on a new row was null before its first change', async () => {
    const t = start();
    const person = t.em.create(Person, { name: 'ann' });
    await t.em.flush();

    Object.assign(person, { age: 7, address: { city: 'Rome' } });
    await t.em.flush();

    expect(t.log.changes).toMatchObject({ age: { from: null, to: 7 }, address: { from: null, to: { city: 'Rome' } } });
  });

  it('that was unset was null before it is set again', async () => {
    const t = start();
    const person = await stored(t.em, Person, { name: 'ann', age: 7 });

    for (const age of [undefined, 8]) {
      Object.assign(person, { age });
      await t.em.flush();
    }

    expect(t.log.changes.age).toEqual({ from: null, to: 8 });
  });

  it('that was not loaded has no old value, whatever was loaded before', async () => {
    const t = start();
    await stored(t.em, Person, { name: 'ann', age: 7 });
    const em = t.fork();
    const person = await em.findOneOrFail(Person, { name: 'ann' }, { fields: ['name'] });

    (person as Person).age = 8;
    await em.flush();

    expect(t.log.changes.age).toEqual({ to: 8 });
  });
});

describe('a second change in one transaction', () => {
  it('is sent with the changes of the first', async () => {
    const t = start();
    const { id } = await stored(t.em, Player, { name: 'a' });
    await t.fork().transactional(async em => {
      const player = await em.findOneOrFail(Player, id);
      for (const name of ['b', 'c']) {
        player.name = name;
        await em.flush();
      }
    });

    expect(t.log.saved.slice(1).map(({ changes }) => changes)).toEqual([
      { name: { from: 'a', to: 'b' } },
      { name: { from: 'b', to: 'c' } },
    ]);
  });
});

describe('a receiver that connects while a transaction is open', () => {
  it('is called by its next flush, although the transaction has its own copy of the hooks', async () => {
    await using t = await startOrmApp({ entities });
    const calls: string[] = [];

    await t.fork().transactional(async em => {
      em.create(Player, { name: 'before' });
      await em.flush();
      t.app.get(PostSave).connect(({ instance }) => calls.push(instance.name), { sender: Player });
      em.create(Player, { name: 'after' });
      await em.flush();
    });

    expect(calls).toEqual(['after']);
  });
});

describe('a pool of one connection', () => {
  it('is enough for receivers that query and write', async () => {
    @Injectable()
    class Scribe {
      @OnSignal(PostSave, { sender: Player })
      async write({ instance }: PayloadOf<PostSave, Player>, { em }: Message) {
        em!.create(Team, { name: `${instance.name} of ${await em!.count(Player)}` });
      }
    }
    await using t = await startOrmApp({ entities, providers: [Scribe], config: { pool: { min: 0, max: 1 } } });
    const em = t.fork();
    em.create(Player, { name: 'ann' });

    await em.flush();

    expect(await t.fork().findAll(Team)).toMatchObject([{ name: 'ann of 1' }]);
  });
});

describe('a schema for each tenant', () => {
  it('is in the payload', async () => {
    class Bill {
      id!: number;
      total!: number;
    }
    const BillSchema = new EntitySchema<Bill>({
      class: Bill,
      schema: '*',
      properties: { id: { type: 'integer', primary: true }, total: { type: 'integer' } },
    });
    await using t = await startOrmApp({ entities: [BillSchema], providers: [Log] });
    const calls: unknown[] = [];
    const receive = ({ schema }: { schema?: string }, { signal }: Message) =>
      calls.push([signal.constructor.name, schema]);
    for (const signal of [PreSave, PostSave, PreDelete, PostDelete])
      t.app.get<PostSave>(signal).connect(receive, { sender: BillSchema });
    await t.orm.em
      .getConnection()
      .execute('create schema blue; create table blue.bill (id serial primary key, total int)');
    const em = t.orm.em.fork({ schema: 'blue' });
    const bill = em.create(Bill, { total: 1 });
    await em.flush();
    bill.total = 2;
    await em.flush();
    em.remove(bill);
    await em.flush();

    const pairs = ['Save', 'Save', 'Delete'].flatMap(kind => [`Pre${kind}`, `Post${kind}`]);
    expect(calls).toEqual(pairs.map(name => [name, 'blue']));
  });
});
