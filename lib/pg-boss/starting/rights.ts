import { getConstructionPlans } from 'pg-boss';
import { type KnownEntityManager, SignalError } from '../../core/index.js';
import { sqlOf } from '../../durable/index.js';

interface Found {
  /** The role of this process, as SQL has it. */
  readonly role: string;
  readonly enters: boolean;
  /** The tables and functions that it may not use. */
  readonly lacking: readonly string[];
}

/** The rights of a process on each table of pg-boss; in that of the queues it changes options, too. */
const SENDS = ['SELECT', 'INSERT'];
const WORKS = [...SENDS, 'UPDATE', 'DELETE'];

/**
 * Refuses a role that may not use the tables that are there.
 *
 * @param schema - as SQL has it, in quotes.
 * @throws {SignalError} `SCHEMA_MISSING`
 */
export async function checkRights(
  em: KnownEntityManager,
  schema: string,
  isWorking: boolean,
  at: string,
): Promise<void> {
  const rights = isWorking ? WORKS : SENDS;
  const [tables, functions] = [namesOf('TABLE', schema), namesOf('FUNCTION', schema)];
  const sql = `select quote_ident(current_user) as role, has_schema_privilege(n.oid, 'USAGE') as enters, array(
      select relname from pg_class c where relnamespace = n.oid and relname in (${listed(tables)})
        and exists (select from unnest(array[${listed(rights)}]) as needed where not has_table_privilege(c.oid, needed)
          or relname = 'queue' and not has_table_privilege(c.oid, 'UPDATE'))
      union all select proname from pg_proc f where pronamespace = n.oid and proname in (${listed(functions)})
        and not has_function_privilege(f.oid, 'EXECUTE')
      order by 1)::text[] as lacking
    from pg_namespace n where nspname = ?`;
  const { role, enters, lacking } = await sqlOf(em).execute<Found>(sql, [JSON.parse(schema)], 'get');
  if (enters && lacking.length === 0) return;
  throw new SignalError('SCHEMA_MISSING', {
    what: `The role ${role} may not use the tables that keep durable messages: it lacks rights on ${enters ? qualified(schema, lacking) : `the schema ${schema}`}.`,
    at,
    fix: `let the owner of the schema run the SQL below, which grants what a process needs that ${isWorking ? 'works' : 'only sends'}:\n\n${grantsFor(role, schema, isWorking)}`,
  });
}

/** @param role - as SQL has it. */
export function grantsFor(role: string, schema: string, isWorking: boolean): string {
  return [
    `GRANT USAGE ON SCHEMA ${schema} TO ${role};`,
    `GRANT ${(isWorking ? WORKS : SENDS).join(', ')} ON ${qualified(schema, namesOf('TABLE', schema))} TO ${role};`,
    `GRANT UPDATE ON ${schema}.queue TO ${role};`,
    `GRANT EXECUTE ON FUNCTION ${qualified(schema, namesOf('FUNCTION', schema))} TO ${role};`,
  ].join('\n');
}

function qualified(schema: string, names: readonly string[]): string {
  return names.map(name => `${schema}.${name}`).join(', ');
}

/** The tables, or the functions, that pg-boss makes: its own plans know no other way to say it. */
function namesOf(kind: 'TABLE' | 'FUNCTION', schema: string): string[] {
  const made = new RegExp(String.raw`CREATE ${kind} ${schema}\.(\w+)`, 'g');
  return Array.from(getConstructionPlans(schema).matchAll(made), ([, name = '']) => name);
}

function listed(names: readonly string[]): string {
  return names.map(name => `'${name}'`).join(', ');
}
