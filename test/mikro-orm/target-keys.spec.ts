import { defineEntity, p } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { OnSignal, type PayloadOf, PostSave, PreSave } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';

/** Referred to by its slug, which the client makes; its key is the database's. */
const PageSchema = defineEntity({
  name: 'Page',
  properties: { id: p.integer().primary(), slug: p.string().unique() },
});
class Page extends PageSchema.class {}
PageSchema.setClass(Page);

const FilmSchema = defineEntity({
  name: 'Film',
  properties: { id: p.integer().primary(), slug: p.string().unique() },
});
class Film extends FilmSchema.class {}
FilmSchema.setClass(Film);

const MarkSchema = defineEntity({
  name: 'Mark',
  properties: {
    id: p.integer().primary(),
    note: p.string(),
    page: () => p.manyToOne(Page).targetKey('slug').nullable(),
    marked: () => p.manyToOne([Page, Film]).targetKey('slug'),
  },
});
class Mark extends MarkSchema.class {}
MarkSchema.setClass(Mark);

@Injectable()
class Notes {
  seen: unknown;
  act: ((mark: Mark) => void) | undefined;

  @OnSignal(PreSave, { sender: Mark })
  change({ instance }: PayloadOf<PreSave, Mark>) {
    instance.note += '!';
    this.act?.(instance);
  }

  @OnSignal(PostSave, { sender: Mark })
  look({ changes }: PayloadOf<PostSave, Mark>) {
    this.seen = changes.marked?.to;
  }
}

describe('A reference that leads to another property than the key', () => {
  it('is stored as that property, where a receiver changes the row that refers', async () => {
    await using started = await startOrmApp({
      entities: [PageSchema, FilmSchema, MarkSchema],
      providers: [Notes],
    });
    const em = started.fork();
    const page = em.create(Page, { slug: 'home' });
    em.create(Mark, { note: 'a', page, marked: em.create(Film, { slug: 'alien' }) });
    await em.flush();
    const [row] = await em.getConnection().execute('select * from mark');
    expect(row).toMatchObject({ note: 'a!', page_id: 'home', marked_type: 'film', marked_id: 'alien' });
    expect(started.app.get(Notes).seen).toEqual({ entity: 'Film', key: 'alien' });
  });

  it('is stored so where the receiver gives it', async () => {
    await using started = await startOrmApp({
      entities: [PageSchema, FilmSchema, MarkSchema],
      providers: [Notes],
    });
    const em = started.fork();
    const page = em.create(Page, { slug: 'home' });
    const film = em.create(Film, { slug: 'alien' });
    started.app.get(Notes).act = mark => void Object.assign(mark, { page, marked: page });
    em.create(Mark, { note: 'a', marked: film });
    await em.flush();
    const [row] = await em.getConnection().execute('select * from mark');
    expect(row).toMatchObject({ page_id: 'home', marked_type: 'page', marked_id: 'home' });
  });
});
