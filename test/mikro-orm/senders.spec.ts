import { EntitySchema } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { Injectable, type Type } from '@nestjs/common';
import {
  M2mChanged,
  OnSignal,
  PostDelete,
  PostLoad,
  PostSave,
  PostUpsert,
  PreDelete,
  PreSave,
  PreUpsert,
  Signal,
  through,
} from 'nestjs-signals';
import { startApp } from '../support/app.js';
import { startOrmApp } from '../support/orm.js';

const BookSchema = defineEntity({ name: 'Book', properties: { id: p.integer().primary(), title: p.string() } });
class Book extends BookSchema.class {}
BookSchema.setClass(Book);

class Title {
  title!: string;
}
const TitleSchema = new EntitySchema<Title>({
  class: Title,
  expression: 'select title from book',
  properties: { title: { type: 'string' } },
});

class Shelf {
  id!: number;
}
const ShelfSchema = new EntitySchema<Shelf>({
  class: Shelf,
  view: true,
  expression: 'select id from book',
  properties: { id: { type: 'integer', primary: true } },
});

const entities = [BookSchema, TitleSchema, ShelfSchema];
const start = (...providers: Type[]) => startOrmApp({ entities, providers });

describe('a view, and an entity that stands for a query', () => {
  it.each(
    [PreSave, PostSave, PreDelete, PostDelete, PreUpsert, PostUpsert].flatMap(signal =>
      [Title, Shelf].map(sender => [signal, sender] as const),
    ),
  )('is refused as a sender where rows are written: %p, %p', async (signal, sender) => {
    @Injectable()
    class Audit {
      @OnSignal(signal, { sender: sender as never })
      receive() {}
    }
    const starting = start(Audit);

    await expect(starting).rejects.toMatchObject({ code: 'SENDER_NOT_AN_ENTITY' });
    await expect(starting).rejects.toThrow(/(Title|Shelf) is a view[^]*Audit\.receive[^]*fix: ask for the entities/);
  });

  it('is a sender where rows are read', async () => {
    await using t = await start();
    const loaded: unknown[] = [];
    t.app.get(PostLoad).connect(({ instance }) => void loaded.push(instance.constructor), { sender: Shelf });
    await t.fork().insert(Book, { title: 'a' });

    await t.fork().findAll(Shelf);

    expect(loaded).toEqual([Shelf]);
  });

  it('does not keep receivers of every sender from starting', async () => {
    await using t = await start();

    expect(t.app.get(PostSave).connect(() => {}).connected).toBe(true);
  });
});

class Noted extends Signal<object> {}

describe('a sender that is undefined', () => {
  const missing = undefined as unknown as typeof Book;

  it.each([
    ['alone', missing],
    ['in a list', [missing]],
    ['beside another', [Book, missing]],
  ])('is refused at start: %s', async (_what, sender) => {
    @Injectable()
    class Audit {
      @OnSignal(Noted, { sender })
      receive() {}
    }
    const starting = startApp({ providers: [Noted, Audit] });

    await expect(starting).rejects.toMatchObject({ code: 'SENDER_UNDEFINED' });
    await expect(starting).rejects.toThrow(/Noted has the sender undefined[^]*Audit\.receive[^]*circular import/);
  });

  it.each([
    ['alone', PostSave, missing],
    ['in a list', PreDelete, [missing]],
    ['beside another', PostUpsert, [Book, missing]],
    ['of what is loaded', PostLoad, missing],
  ])('is refused at start with MikroORM: %s', async (_what, signal, sender) => {
    @Injectable()
    class Audit {
      @OnSignal(signal, { sender: sender as never })
      receive() {}
    }
    const starting = start(Audit);

    await expect(starting).rejects.toMatchObject({ code: 'SENDER_UNDEFINED' });
    await expect(starting).rejects.toThrow(/has the sender undefined[^]*Audit\.receive[^]*circular import/);
  });

  it.each([
    ['alone', through(missing, 'tags' as never)],
    ['in a list', [through(missing, 'tags' as never)]],
  ])('is refused at start as an end of a relation: %s', async (_what, sender) => {
    @Injectable()
    class Audit {
      @OnSignal(M2mChanged, { sender })
      receive() {}
    }
    const starting = start(Audit);

    await expect(starting).rejects.toMatchObject({ code: 'SENDER_UNDEFINED' });
    await expect(starting).rejects.toThrow(/through\(undefined, 'tags'\)[^]*Audit\.receive[^]*circular import/);
  });

  it('is every sender for connect(), where no class can be missing any more; in a list it is refused', async () => {
    await using app = await startApp({ providers: [Noted] });
    const received: unknown[] = [];
    const noted = app.get(Noted);
    for (const options of [{}, { sender: undefined }]) {
      noted.connect((_payload, { sender }) => received.push(sender), options);
    }
    await noted.send('anybody', {});

    expect(received).toEqual(['anybody', 'anybody']);
    const connect = () => noted.connect(() => {}, { sender: [undefined] });
    expect(connect).toThrow(expect.objectContaining({ code: 'SENDER_UNDEFINED' }));
  });
});
