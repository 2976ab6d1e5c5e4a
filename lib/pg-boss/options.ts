import { badOption, BOOLEAN, checkOptions, type OptionKinds, optionOwner, wholeNumber } from '../core/index.js';
import { type Open, type Seal, Sealing } from './sealing.js';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * The schema of the durable messages, unless `pgBoss({ schema })` names another. For the configuration of MikroORM, so
 * that its command line leaves them alone: `schemaGenerator: { ignoreSchema: [SIGNALS_SCHEMA] }`.
 */
export const SIGNALS_SCHEMA = 'signals';

/** The database that keeps the jobs, and the jobs that this process works on. */
export interface PgBossOptions {
  /** The MikroORM whose database keeps the jobs, by its context name. Default: the first of the application. */
  contextName?: string;
  /**
   * The name of the application, which is stored with its messages: the process warns of those of its own that no receiver
   * takes, and not of those of other applications. Applications that share a schema and a package need one each. Default: the name in the
   * `package.json` of the working directory.
   */
  application?: string;
  /** The database schema of the jobs: lower-case letters, digits and underscores; a keyword of SQL will do. Default: `signals`. */
  schema?: string;
  /** `false` for a process that only sends; a list of groups and uids for one that serves only these. Default: true. */
  work?: boolean | readonly string[];
  /** `false` for a database role that may not create tables: the schema must be there already. Default: true. */
  migrate?: boolean;
  /** How many connections it holds beside those of MikroORM, one more for notifications left out. Default: 4. */
  maxConnections?: number;
  /** How long messages are kept that no process has a receiver for, in days. Default: 30. */
  parkedRetentionDays?: number;
  /**
   * The URL of the PostgreSQL server itself, to listen there: for workers whose MikroORM is behind a pooler that keeps
   * no sessions, such as PgBouncer in transaction mode. Default: the connection of MikroORM.
   */
  listenUrl?: string;
  /** Encrypts what is stored of messages and errors; `open` is needed with it. Default: nothing is encrypted. */
  seal?: Seal;
  /**
   * Sends `RowChanged`, of 'nestjs-signals/rows': the changes that triggers have noted. Default: false.
   */
  rows?: boolean;
  /** Decrypts it, with the key of the id that `seal` has named. */
  open?: Open;
}

/** The options with their defaults; `schema` as SQL has it, in quotes, because it may be a keyword. */
export type Settings = Readonly<ReturnType<typeof settingsOf>>;

const FUNCTION = { accepts: (value: unknown) => typeof value === 'function', fix: 'give a function.' };

const OPTIONS: OptionKinds<PgBossOptions> = {
  contextName: { accepts: value => typeof value === 'string', fix: 'give the context name of a MikroORM.' },
  application: { accepts: isApplicationName, fix: 'give up to 214 letters, digits and _-./@~.' },
  schema: {
    accepts: value => typeof value === 'string' && /^(?!pg_)[a-z_][a-z0-9_]{0,49}$/.test(value),
    fix: 'give up to 50 lower-case letters, digits and underscores; a digit is not the first, nor is pg_.',
  },
  work: {
    accepts: value =>
      typeof value === 'boolean' || (Array.isArray(value) && value.every(one => typeof one === 'string')),
    fix: 'give true, false, or a list of groups and uids.',
  },
  migrate: BOOLEAN,
  maxConnections: wholeNumber(1),
  parkedRetentionDays: wholeNumber(1),
  listenUrl: {
    accepts: value => typeof value === 'string' && URL.canParse(value),
    fix: 'give the URL of the PostgreSQL server.',
  },
  rows: BOOLEAN,
  seal: FUNCTION,
  open: FUNCTION,
};

const OWNER = optionOwner('pgBoss');

const DEFAULTS = {
  schema: SIGNALS_SCHEMA,
  work: true,
  migrate: true,
  maxConnections: 4,
  parkedRetentionDays: 30,
  rows: false,
};

/** @throws {SignalError} `UNKNOWN_OPTION` */
export function settingsOf(options: PgBossOptions) {
  checkOptions(OWNER, options, OPTIONS);
  checkSealing(options);
  const given: PgBossOptions = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings = { application: packageName(), ...DEFAULTS, ...given };
  const sealing = new Sealing(options.seal, options.open);
  return { ...settings, schema: `"${settings.schema}"`, sealing };
}

/** Sealed data must be opened, by this process or another: both are given, or neither. */
function checkSealing({ seal, open }: PgBossOptions): void {
  if ((seal === undefined) === (open === undefined)) return;
  const [given, missing] = seal ? (['seal', 'open'] as const) : (['open', 'seal'] as const);
  throw badOption(OWNER, given, `there is no '${missing}'`, 'give both.');
}

/** The characters that npm allows in a name, and capital letters. */
const NAME = /^[\w@./~-]{1,214}$/;

export function isApplicationName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}

/** The name in the `package.json` of the working directory. Undefined where there is none. */
export function packageName(directory = process.cwd()): string | undefined {
  try {
    const { name } = JSON.parse(readFileSync(resolve(directory, 'package.json'), 'utf8')) as { name?: unknown };
    return isApplicationName(name) ? name : undefined;
  } catch {
    return undefined;
  }
}
