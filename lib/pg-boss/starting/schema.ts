import { getConstructionPlans, getMigrationPlans } from 'pg-boss';
import { type KnownEntityManager, SignalError } from '../../core/index.js';
import { sqlOf } from '../../durable/index.js';
import type { Settings } from '../options.js';
import { checkRights } from './rights.js';

/** The version of the tables that pg-boss 12.38 reads and writes; its own plans know no other way to say it. */
const VERSION = /version\s*(?:=|\(version\) VALUES \()\s*'?(\d+)/gi;

/**
 * Refuses a database without the tables of pg-boss, with older ones, or with some that this process may not use, where it
 * may not make them.
 *
 * @throws {SignalError} `SCHEMA_MISSING`
 */
export async function checkSchema(em: KnownEntityManager, { schema, migrate, work }: Settings): Promise<void> {
  const at = migrate ? 'pgBoss()' : 'pgBoss({ migrate: false })';
  // A role without rights may read the catalog, and may not ask for `to_regclass`.
  const found = await sqlOf(em).execute<{ complete: boolean } | undefined>(
    `select exists (select from pg_class where relnamespace = n.oid and relname = 'version') as complete
      from pg_namespace n where nspname = ?`,
    [JSON.parse(schema)],
    'get',
  );
  const why = found ? `the schema ${schema} is there, without the tables of pg-boss` : `there is no schema ${schema}`;
  if (found?.complete !== true) throw missing(why, getConstructionPlans(schema), at);
  await checkRights(em, schema, work !== false, at);
  const sql = `select version from ${schema}.version`;
  const row = await sqlOf(em).execute<{ version: unknown } | undefined>(sql, [], 'get');
  const [version, needed] = [Number(row?.version), neededVersion(schema)];
  if (version >= needed) return;
  throw missing(`the schema ${schema} has version ${version}, not ${needed}`, getMigrationPlans(schema, version), at);
}

export function neededVersion(schema: string): number {
  const versions = [...getConstructionPlans(schema).matchAll(VERSION)].map(([, version]) => Number(version));
  return Math.max(...versions);
}

function missing(why: string, sql: string, at: string): SignalError {
  return new SignalError('SCHEMA_MISSING', {
    what: `The tables that keep durable messages are not there: ${why}.`,
    at,
    fix: `let a role that may create tables run the SQL below, or start as such a role without \`migrate: false\`:\n\n${sql}`,
  });
}

/**
 * Keeps MikroORM's schema generator and migrations of this process away from the schema of the jobs: they drop what no
 * entity stands for.
 *
 * @param schema - as SQL has it, in quotes.
 * @returns a warning where the configuration does not say so itself: the command line of MikroORM reads nothing else.
 */
export function ignoreSchema({ config, name }: KnownEntityManager, schema: string): SignalError | undefined {
  const own = JSON.parse(schema) as string;
  const options = config.get('schemaGenerator');
  const ignored = options.ignoreSchema ?? [];
  if (ignored.includes(own)) return undefined;
  config.set('schemaGenerator', { ...options, ignoreSchema: [...ignored, own] });
  return new SignalError('SCHEMA_NOT_IGNORED', {
    what: `The configuration of the MikroORM '${name}' does not ignore the schema '${own}', where durable messages are kept: MikroORM's command line would drop it.`,
    at: 'SignalsModule.forRoot({ durable: pgBoss() })',
    fix: `add \`schemaGenerator: { ignoreSchema: ['${own}'] }\` to the configuration; 'signals' is exported as SIGNALS_SCHEMA.`,
  });
}
