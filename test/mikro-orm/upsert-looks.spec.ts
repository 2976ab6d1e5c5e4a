import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { PostUpsert } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';

const SettingSchema = defineEntity({ name: 'Setting', properties: { name: p.string().primary(), value: p.string() } });
class Setting extends SettingSchema.class {}
SettingSchema.setClass(Setting);

/** A policy that lets every statement see the rows, except those that contain a text: they outlast the statement timeout. */
const POLICY = (text: string) => `
  create function sees() returns boolean language plpgsql as $$
    begin
      if position('${text}' in current_query()) > 0 then
        perform pg_sleep(60);
      end if;
      return true;
    end $$;
  alter table setting enable row level security;
  create policy everything on setting using (sees()) with check (true);
`;

/** The two looks, each with the key of an upsert that needs it: of the row that is there, or of a new one. */
const LOOKS = [
  ['before', 'as found', 'old'],
  ['after', 'as created', 'new'],
] as const;

/** An application whose only connection may do everything but one of the looks. */
async function start(text: string) {
  const t = await startOrmApp({ entities: [SettingSchema], config: { pool: { min: 1, max: 1 } } });
  const role = `writer_${randomUUID().replaceAll('-', '')}`;
  const run = (sql: string) => t.orm.em.getConnection().execute(sql);
  await run("insert into setting values ('old', 'first')");
  await run(POLICY(text));
  await run(`create role ${role}; grant usage on schema public to ${role}; grant all on setting to ${role}`);
  await run(`set role ${role}; set statement_timeout = '1s'`);
  const created: unknown[] = [];
  t.app.get(PostUpsert).connect(payload => void created.push(payload.created), { sender: Setting });
  const stop = async () => {
    await run(`reset role; drop owned by ${role}; drop role ${role}`);
    await t[Symbol.asyncDispose]();
  };
  const values = async (name: string) => {
    await run('reset role');
    return (await run(`select value from setting where name = '${name}'`)) as object[];
  };
  return { em: t.fork(), created, values, [Symbol.asyncDispose]: stop };
}

const upsert = (em: EntityManager, name: string) => em.upsert(Setting, { name, value: 'second' });

describe('a look for the row of an upsert', () => {
  it.each(LOOKS)('that fails %s the statement leaves it alone: created is unknown', async (_when, text, name) => {
    await using t = await start(text);

    await expect(upsert(t.em, name)).resolves.toMatchObject({ name, value: 'second' });

    expect(t.created).toEqual([undefined]);
    expect(await t.values(name)).toEqual([{ value: 'second' }]);
  });

  it('that fails for one of several rows leaves the others known', async () => {
    await using t = await start('as found');

    await t.em.upsertMany(Setting, [
      { name: 'old', value: 'second' },
      { name: 'new', value: 'second' },
    ]);

    expect(t.created).toEqual([undefined, true]);
  });

  it.each(LOOKS)('that fails %s it and so ends a transaction is its error', async (_when, text, name) => {
    await using t = await start(text);
    const before = name === 'old' ? [{ value: 'first' }] : [];

    await expect(t.em.transactional(em => upsert(em, name))).rejects.toThrow('statement timeout');

    expect(t.created).toEqual([]);
    expect(await t.values(name)).toEqual(before);
  });

  it('that fails leaves the error of the upsert as it is', async () => {
    await using t = await start('as found');

    const upserting = t.em.upsert(Setting, { name: 'old', value: null as never });

    await expect(upserting).rejects.toThrow('null value');
  });
});
