import { SignalError, SignalRegistry } from '../core/index.js';
import { DURABLE, DurableSignals } from '../durable/index.js';
import { PgBossOperations } from './operations.js';
import type { Settings } from './options.js';
import { DurableReceivers } from './receivers.js';
import { isDenied, startBossOn } from './starting/boss.js';
import { grantsFor } from './starting/rights.js';

/** `DurableSignals` without an application, and its connection to the database. */
export interface DurableConnection extends AsyncDisposable {
  readonly signals: DurableSignals;
  close(): Promise<void>;
}

/** Connects to stored messages, without an application. */
export async function connectByUrl(url: string, settings: Settings): Promise<DurableConnection> {
  const { schema } = settings;
  // Its operations reject with errors of the connection.
  const refused = (cause: Error) => unusable(cause, schema);
  const boss = await startBossOn(url, { schema, max: 2 }, () => {}, refused);
  const nothing = async () => {};
  const operations = new PgBossOperations(boss, settings, new DurableReceivers(), nothing, nothing);
  const registry = new SignalRegistry();
  registry.backends.set(DURABLE.backend, { operations });
  const close = () => boss.stop({ graceful: false }).catch(() => {});
  return { signals: new DurableSignals(registry), close, [Symbol.asyncDispose]: close };
}

/** Says which of both: there is no database, or no message was ever stored there. */
function unusable(cause: Error & { readonly errors?: readonly Error[] }, schema: string): SignalError {
  const at = 'connectDurableSignals({ url, schema })';
  const message = cause.message || cause.errors?.map(error => error.message).join(', ') || 'it cannot be connected to';
  if (isDenied(cause)) {
    return new SignalError('SCHEMA_MISSING', {
      what: `The role of the URL may not use the tables that keep durable messages: ${message}.`,
      at,
      fix: `give the URL of another role, or let the owner of the schema run the SQL below for this one:\n\n${grantsFor('THE_ROLE', schema, true)}`,
      cause,
    });
  }
  if (/not installed|not migrated|migrat/i.test(message)) {
    return new SignalError('SCHEMA_MISSING', {
      what: `The schema ${schema} holds no durable messages, or those of another version: ${message}.`,
      at,
      fix: 'name the schema of pgBoss({ schema }), and start the application once: it makes the tables.',
      cause,
    });
  }
  return new SignalError('DATABASE_UNREACHABLE', {
    what: `The database of the durable messages cannot be used: ${message}.`,
    at,
    fix: 'check the URL, the password, and that the server is running.',
    cause,
  });
}
