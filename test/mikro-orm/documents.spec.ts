import type { Configuration } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { SqliteDriver } from '@mikro-orm/sqlite';
import { PostSave, SignalsModule, type SignalsModuleOptions } from 'nestjs-signals';
import { compileApp } from '../support/app.js';

const NoteSchema = defineEntity({ name: 'Note', properties: { id: p.integer().primary(), text: p.string() } });
class Note extends NoteSchema.class {}
NoteSchema.setClass(Note);

/** Has no pivot tables, as MongoDB has none. */
class DocumentDriver extends SqliteDriver {
  constructor(config: Configuration) {
    super(config);
    this.platform.usesPivotTable = () => false;
  }
}

const TABLES = { driver: SqliteDriver, dbName: ':memory:', entities: [NoteSchema] };
/** MikroORM takes a context name once in a process. */
const documents = (contextName: string) => ({ ...TABLES, driver: DocumentDriver, contextName });

async function start(signals: SignalsModuleOptions, ...roots: object[]) {
  const imports = [...roots.map(root => MikroOrmModule.forRoot(root as never)), SignalsModule.forRoot(signals)];
  const app = await compileApp({ imports });
  await app.init();
  return app;
}

describe('A MikroORM whose database does not speak SQL', () => {
  it('is refused at the start, with what is supported', async () => {
    const starting = start({}, documents('archive'));

    await expect(starting).rejects.toMatchObject({ code: 'PEER_NOT_SUPPORTED' });
    await expect(starting).rejects.toThrow(/'archive' has the driver DocumentDriver[^]*fix: use PostgreSQL, PGlite/);
  });

  it('is refused beside another', async () => {
    await expect(start({}, TABLES, documents('letters'))).rejects.toMatchObject({ code: 'PEER_NOT_SUPPORTED' });
  });

  it('is left out by `contexts`, and the others send their signals', async () => {
    await using app = await start({ mikroOrm: { contexts: ['default'] } }, TABLES, documents('papers'));

    expect(app.get(PostSave).connect(() => {}, { sender: Note }).connected).toBe(true);
  });

  it('is left alone with `mikroOrm: false`', async () => {
    await using app = await start({ mikroOrm: false }, documents('notes'));

    expect(app.get(PostSave).connect(() => {}).connected).toBe(true);
  });
});
