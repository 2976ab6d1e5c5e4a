import { EntityManager, EntityRepository } from '@mikro-orm/core';
import { InjectRepository, MikroOrmModule } from '@mikro-orm/nestjs';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { Injectable, type Type } from '@nestjs/common';
import { type Connection, type Message, PostDelete, PostSave, PreDelete, PreSave } from 'nestjs-signals';
import { type OrmApp, sharedOrmApp } from '../../support/orm.js';

const AuthorSchema = defineEntity({
  name: 'Author',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    slug: p.string().nullable(),
    deletedAt: p.datetime().nullable(),
    books: () => p.oneToMany(Book).mappedBy('author'),
    tags: () => p.manyToMany(Tag),
  },
});
export class Author extends AuthorSchema.class {}
AuthorSchema.setClass(Author);

const BookSchema = defineEntity({
  name: 'Book',
  properties: {
    id: p.integer().primary(),
    title: p.string(),
    author: () => p.manyToOne(Author).nullable(),
  },
});
export class Book extends BookSchema.class {}
BookSchema.setClass(Book);

const TagSchema = defineEntity({ name: 'Tag', properties: { id: p.integer().primary(), label: p.string() } });
export class Tag extends TagSchema.class {}
TagSchema.setClass(Tag);

/** One row takes the unique value that another gives up: MikroORM writes it later. */
const SeatSchema = defineEntity({
  name: 'Seat',
  properties: { id: p.integer().primary(), code: p.string().nullable().unique(), note: p.string().nullable() },
});
export class Seat extends SeatSchema.class {}
SeatSchema.setClass(Seat);

export const entities = [AuthorSchema, BookSchema, TagSchema, SeatSchema];

/** A service with a repository. */
@Injectable()
export class Tags {
  constructor(@InjectRepository(Tag) private readonly tags: EntityRepository<Tag>) {}

  em(): EntityManager {
    return this.tags.getEntityManager().getContext();
  }
}

/** The signals that are sent, by their names, of every entity. */
export class Log {
  readonly lines: string[] = [];

  connect({ app }: OrmApp): Connection[] {
    return [PreSave, PostSave, PreDelete, PostDelete].map(signal =>
      app.get<PostSave>(signal).connect(({ instance, created }) => {
        const what = signal.name.endsWith('Save') ? (created ? ' created' : ' updated') : '';
        this.lines.push(`${signal.name} ${instance.constructor.name}${what}`);
      }),
    );
  }
}

export interface Receiving extends OrmApp {
  readonly log: Log;
}

type Receive = (instance: never, message: Message, em: EntityManager) => unknown;

/** One application for the tests of a file; each of them connects one receiver, and a log if it asks for it. */
export function applicationWithReceiver() {
  const started = sharedOrmApp({ entities, imports: [MikroOrmModule.forFeature(entities)], providers: [Tags] });
  let connections: Connection[] = [];
  afterEach(() => connections.splice(0).forEach(connection => connection.disconnect()));

  return (
    signals: (typeof PreSave | typeof PreDelete)[],
    sender: Type,
    receive: Receive,
    { isLogged = false } = {},
  ): Receiving => {
    const t = started();
    const log = new Log();
    const em = t.app.get<EntityManager>(EntityManager);
    connections = signals.map(signal =>
      t.app.get<PreSave>(signal).connect(({ instance }, message) => receive(instance as never, message, em), {
        sender,
        uid: 'Receiver.receive',
      }),
    );
    if (isLogged) connections.push(...log.connect(t));
    return Object.assign(t, { log });
  };
}
