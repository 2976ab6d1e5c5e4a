import { PgBoss } from 'pg-boss';
import { SignalError, SignalRegistry } from '../core/index.js';
import { DURABLE, DurableSignals } from '../durable/index.js';
import { PgBossOperations } from './operations.js';
import type { Settings } from './options.js';
import { DurableReceivers } from './receivers.js';

/** `DurableSignals` without an application, and its connection to the database. */
export interface DurableConnection extends AsyncDisposable {
  readonly signals: DurableSignals;
  close(): Promise<void>;
}

/** The operations on stored messages, without an application. */
export class RemoteEngine implements DurableConnection {
  readonly signals: DurableSignals;

  private constructor(
    private readonly boss: PgBoss,
    { schema, sealing }: Settings,
  ) {
    const nothing = async () => {};
    const operations = new PgBossOperations(boss, schema, sealing, new DurableReceivers(), nothing, nothing);
    const registry = new SignalRegistry();
    registry.backends.set(DURABLE.backend, { operations });
    this.signals = new DurableSignals(registry);
  }

  static async connect(connectionString: string, settings: Settings): Promise<RemoteEngine> {
    const boss = new PgBoss({
      connectionString,
      schema: settings.schema,
      migrate: false,
      max: 2,
      supervise: false,
      schedule: false,
      openTelemetry: { enabled: false },
    });
    const engine = new RemoteEngine(boss, settings);
    // Its own operations reject with them.
    boss.on('error', () => {});
    try {
      await boss.start();
      return engine;
    } catch (error) {
      await engine.close();
      throw unusable(error as Error & { errors?: Error[] }, settings.schema);
    }
  }

  async close(): Promise<void> {
    await this.boss.stop({ graceful: false }).catch(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Says which of both: there is no database, or no message was ever stored there. */
function unusable(cause: Error & { readonly errors?: readonly Error[] }, schema: string): SignalError {
  const at = 'connectDurableSignals({ url, schema })';
  const message = cause.message || cause.errors?.map(error => error.message).join(', ') || 'it cannot be connected to';
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
