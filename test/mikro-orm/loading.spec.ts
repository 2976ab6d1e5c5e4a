import { type EntityManager, ref, wrap } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { type Message, OnSignal, type PayloadOf, PostInit, PostLoad } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';

const AuthorSchema = defineEntity({
  name: 'Author',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    books: () => p.oneToMany(Book).mappedBy('author'),
  },
});
class Author extends AuthorSchema.class {}
AuthorSchema.setClass(Author);

const BookSchema = defineEntity({
  name: 'Book',
  properties: {
    id: p.integer().primary(),
    title: p.string(),
    author: () => p.manyToOne(Author).ref().nullable(),
  },
});
class Book extends BookSchema.class {}
BookSchema.setClass(Book);

const entities = [AuthorSchema, BookSchema];

@Injectable()
class Log {
  readonly lines: string[] = [];

  @OnSignal(PostInit, { sender: Author })
  init({ instance, using }: PayloadOf<PostInit, Author>) {
    this.lines.push(`init ${instance.name} ${using}`);
  }

  @OnSignal(PostLoad, { sender: [Author, Book] })
  load({ instance }: PayloadOf<PostLoad, Author | Book>, { em }: Message) {
    this.lines.push(`load ${instance instanceof Author ? instance.name : instance.title} ${em!.name}`);
  }

  take() {
    return this.lines.splice(0);
  }
}

async function startLibrary() {
  const started = await startOrmApp({ entities, providers: [Log] });
  await started.fork().insert(Author, { id: 1, name: 'ann' });
  await started.fork().insert(Book, { id: 1, title: 'Emma', author: 1 });
  return Object.assign(started, { log: started.app.get(Log) });
}

describe('PostInit', () => {
  it('is sent once for each object, with its values', async () => {
    await using t = await startLibrary();
    const em = t.fork();

    em.create(Author, { name: 'new' });
    expect(t.log.take()).toEqual(['init new default']);
    em.clear();

    await em.findOneOrFail(Author, 1);
    await em.findOneOrFail(Author, 1, { refresh: true });
    expect(t.log.take()).toEqual(['init ann default', 'load ann default']);
  });

  it('waits for the values of a reference, and is not sent by `new`', async () => {
    await using t = await startLibrary();
    const em = t.fork();

    const author = em.getReference(Author, 1);
    expect(t.log.take()).toEqual([]);
    await wrap(author).init();
    expect(t.log.take()).toEqual(['init ann default', 'load ann default']);

    expect(new Author()).toBeInstanceOf(Author);
    expect(t.log.take()).toEqual([]);
  });

  it('passes an error on to the code that creates or loads', async () => {
    await using t = await startLibrary();
    t.app.get(PostInit).connect(
      () => {
        throw new Error('no authors');
      },
      { sender: Author },
    );

    expect(() => t.fork().create(Author, { name: 'x' })).toThrow('no authors');
    await expect(t.fork().findAll(Author)).rejects.toThrow('no authors');
  });

  it('refuses an async receiver at start: MikroORM does not wait', async () => {
    class Late {
      @OnSignal(PostInit, { sender: Author })
      async late() {}
    }

    const starting = startOrmApp({ entities, providers: [Late] });

    await expect(starting).rejects.toMatchObject({ code: 'RECEIVER_IS_ASYNC' });
    await expect(starting).rejects.toThrow(/Late\.late[^]*PostLoad/);
  });

  it('is received by receivers that connect later', async () => {
    await using t = await startOrmApp({ entities });
    const names: string[] = [];
    t.fork().create(Author, { name: 'before' });

    using connection = t.app.get(PostInit).connect(({ instance }) => names.push(instance.name), { sender: Author });
    t.fork().create(Author, { name: 'after' });
    connection.disconnect();
    t.fork().create(Author, { name: 'later' });

    expect(names).toEqual(['after']);
  });
});

describe('PostLoad', () => {
  it('is sent for what is loaded, with what was populated, and not for what is known already', async () => {
    await using t = await startLibrary();
    const em = t.fork();

    await em.findOneOrFail(Book, 1);
    expect(t.log.take()).toEqual(['load Emma default']);
    await em.findOneOrFail(Book, 1);
    expect(t.log.take()).toEqual([]);
    await em.findOneOrFail(Author, 1, { populate: ['books'] });
    expect(t.log.take()).toEqual(['init ann default', 'load ann default']);
  });

  it('is awaited before the rows are returned, and may complete them with the EntityManager that loads', async () => {
    await using t = await startLibrary();
    const counts = new WeakMap<object, number>();
    t.app.get(PostLoad).connect(
      async ({ instance }, { em }) => {
        counts.set(instance, await em!.count(Book, { author: ref(instance) }));
      },
      { sender: Author },
    );
    const em: EntityManager = t.fork();

    const author = await em.findOneOrFail(Author, 1);

    expect(counts.get(author)).toBe(1);
  });

  it('fails the load with the error of a receiver', async () => {
    await using t = await startLibrary();
    t.app.get(PostLoad).connect(() => Promise.reject(new Error('not for you')), { sender: Book });

    await expect(t.fork().findAll(Book)).rejects.toThrow('not for you');
  });
});

it('an entity without receivers is not looked at', async () => {
  await using t = await startLibrary();
  const hooks = t.orm.em.getEventManager();
  const [author, book] = [t.orm.getMetadata().get(Author), t.orm.getMetadata().get(Book)];

  expect(hooks.hasListeners('onInit' as never, author)).toBe(true);
  expect(hooks.hasListeners('onInit' as never, book)).toBe(false);
});

describe('What a `:ref` hint finds', () => {
  const isLoaded = async (em: EntityManager) => {
    const author = await em.findOneOrFail(Author, { name: 'Ann' }, { populate: ['books:ref'] });
    return wrap(author.books[0]!).isInitialized();
  };

  it('is loaded for MikroORM wherever onLoad is subscribed to, by whomever', async () => {
    await using bare = await startOrmApp({ entities, signals: { mikroOrm: false } });
    await bare.fork().insert(Author, { id: 1, name: 'Ann' });
    await bare.fork().insert(Book, { id: 1, title: 'Owls', author: 1 });
    expect(await isLoaded(bare.fork())).toBe(false);
    bare.orm.em.getEventManager().registerSubscriber({ onLoad: () => {}, getSubscribedEntities: () => [Book] });
    expect(await isLoaded(bare.fork())).toBe(true);
  });

  it('is no more than a reference where no receiver asks for the loading of its class', async () => {
    await using app = await startOrmApp({ entities });
    await app.fork().insert(Author, { id: 1, name: 'Ann' });
    await app.fork().insert(Book, { id: 1, title: 'Owls', author: 1 });
    app.app.get(PostLoad).connect(() => {}, { sender: Author });
    expect(await isLoaded(app.fork())).toBe(false);
  });
});
