import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import { durable } from 'nestjs-signals';
import type { PgBossOptions } from 'nestjs-signals/pg-boss';
import { quiet } from '../support/quiet.js';
import { command } from '../cli/terminal.js';
import { type DurableApp, startDurable } from './orders.js';

quiet();
jest.setTimeout(60_000);

describe('A database role that makes no tables', () => {
  const schema = 'user';
  const role = `app "${randomUUID().slice(0, 8)}"`;
  const quoted = `"${role.replaceAll('"', '""')}"`;
  let owner: DurableApp;
  let clientUrl: string;
  const sql = (text: string) => owner.orm.em.getConnection().execute(text);
  beforeAll(async () => {
    owner = await startDurable({}, { schema, work: false });
    await sql(`create role ${quoted} login password 'secret'`);
    const url = new URL(owner.orm.config.get('clientUrl'));
    Object.assign(url, { username: encodeURIComponent(role), password: 'secret' });
    clientUrl = url.href;
  });
  beforeEach(() => sql(`drop owned by ${quoted}`));
  afterAll(async () => {
    await sql(`drop owned by ${quoted}; drop role ${quoted}`);
    await owner[Symbol.asyncDispose]();
  });

  const start = (options: PgBossOptions) =>
    startDurable({ config: { clientUrl }, hasTables: true }, { schema, migrate: false, ...options });
  const refused = async (options: PgBossOptions): Promise<string> => {
    const error = await start(options).then(
      () => undefined,
      (reason: unknown) => reason as Error,
    );
    expect(error).toMatchObject({ code: 'SCHEMA_MISSING' });
    return error!.message;
  };
  const sqlIn = (message: string) => message.slice(message.indexOf('\n\n'));

  it('is refused without rights, and works with those that the error names', async () => {
    const message = await refused({});
    expect(message).toContain(
      `${quoted} may not use the tables that keep durable messages: it lacks rights on the schema`,
    );
    await sql(sqlIn(message));

    await using t = await start({});
    const names: string[] = [];
    const receive = ({ name }: { name: string }) => {
      names.push(name);
      if (name === 'bad') throw new Error('bad');
    };
    for (const key of [undefined, () => 'all']) {
      const delivery = durable({ retryLimit: 1, backoffMs: 1, ...(key && { key }) });
      t.placed.connect(receive, { uid: key ? 'keyed' : 'plain', delivery });
    }
    for (const name of ['good', 'bad']) await t.placed.send('somebody', { name });
    await t.settled();
    expect(names.toSorted()).toEqual([...Array<string>(4).fill('bad'), 'good', 'good']);
    await t.durable.pause('plain');
    await t.durable.resume('plain');
    expect(
      await t.durable.remove(
        'keyed',
        (await t.durable.dead()).map(({ id }) => id),
      ),
    ).toBe(1);
    expect(await t.durable.purge('plain')).toBe(1);
  });

  it('is refused in the same way where it would make the tables, and starts with these rights', async () => {
    const message = await refused({ migrate: true });
    expect(message).toContain('it lacks rights on the schema');
    expect(message).toMatch(/at: +pgBoss\(\)\n/);
    const made = await refused({ migrate: true, schema: 'nowhere' });
    expect(made).toContain('there is no schema "nowhere"');
    await sql(`grant usage on schema "user" to ${quoted}; grant select on "user".version to ${quoted}`);
    expect(await refused({ migrate: true })).toContain('it lacks rights on "user".');
    await sql(sqlIn(message));
    await using _t = await start({ migrate: true });
  });

  it('is named by the command line, which shows what is to be granted', async () => {
    const refusedBy = async () => {
      const { code, errors } = await command(['counts', '--schema', schema, '--url', clientUrl]);
      return { code, errors };
    };
    expect(await refusedBy()).toMatchObject({
      code: 2,
      errors: expect.stringMatching(
        /^SCHEMA_MISSING: The role of the URL may not use[^]*GRANT USAGE ON SCHEMA "user"/,
      ) as string,
    });
    await sql(`grant usage on schema "user" to ${quoted}`);
    expect((await refusedBy()).errors).toMatch(/^SCHEMA_MISSING: .*permission denied for table/);
    await sql(`grant select on "user".version to ${quoted}`);
    expect((await refusedBy()).errors).toMatch(/^SCHEMA_MISSING: .*permission denied for table job/);
  });

  it('sends with fewer rights, and names what is lacking to work', async () => {
    owner.placed.connect(() => {}, { uid: 'sent', delivery: durable({ retryLimit: 7 }) });
    await owner.placed.send('somebody', { name: 'by the owner' });
    await sql(sqlIn(await refused({ work: false })));
    {
      await using t = await start({ work: false });
      for (const key of [undefined, () => 'all'])
        t.placed.connect(() => {}, { uid: key ? 'sent-keyed' : 'sent', delivery: durable({ ...(key && { key }) }) });
      await t.placed.send('somebody', { name: 'one' });
      const counts = (await t.durable.counts()).map(({ receiver, waiting }) => `${receiver} ${waiting}`);
      expect(counts).toEqual(expect.arrayContaining(['sent 2', 'sent-keyed 1']));
    }
    expect(await refused({})).toMatch(/lacks rights on "user"\.bam, .*"user"\.warning\.\n/);
    await sql(
      `revoke insert on "user".job_common from ${quoted}; revoke execute on function "user".create_queue from public, ${quoted}`,
    );
    expect(await refused({ work: false })).toContain('rights on "user".create_queue, "user".job_common.');
  });
});
