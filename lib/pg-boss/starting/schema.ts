import { getConstructionPlans, getMigrationPlans } from 'pg-boss';
import { type KnownEntityManager, SignalError } from '../../core/index.js';

/** The version of the tables that pg-boss 12.38 reads and writes; its own plans know no other way to say it. */
const VERSION = /version\s*(?:=|\(version\) VALUES \()\s*'?(\d+)/gi;

/**
 * Refuses a database without the tables of pg-boss, or with older ones, where this process may not make them.
 *
 * @throws {SignalError} `SCHEMA_MISSING`
 */
export async function checkSchema(em: KnownEntityManager, schema: string): Promise<void> {
  const found = await query(em, `select to_regclass('${schema}.version') is not null as found`);
  if (found?.found !== true) throw missing(`there is no schema ${schema}`, getConstructionPlans(schema));
  const row = await query(em, `select version from ${schema}.version`);
  const [version, wanted] = [Number(row?.version), wantedVersion(schema)];
  if (version >= wanted) return;
  throw missing(`the schema ${schema} has version ${version}, not ${wanted}`, getMigrationPlans(schema, version));
}

export function wantedVersion(schema: string): number {
  const versions = [...getConstructionPlans(schema).matchAll(VERSION)].map(([, version]) => Number(version));
  return Math.max(...versions);
}

async function query(em: KnownEntityManager, sql: string): Promise<Record<string, unknown> | undefined> {
  const connection = em.getConnection('write') as unknown as {
    execute(sql: string, params: unknown[], method: 'get'): Promise<Record<string, unknown> | undefined>;
  };
  return connection.execute(sql, [], 'get');
}

function missing(why: string, sql: string): SignalError {
  return new SignalError('SCHEMA_MISSING', {
    what: `The tables that keep durable messages are not there: ${why}.`,
    at: 'pgBoss({ migrate: false })',
    fix: `let a role that may create tables run this, or leave \`migrate\` out:\n\n${sql}`,
  });
}
