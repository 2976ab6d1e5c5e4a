import { SignalError, type SignalRegistry, type UnitsOfWork } from '../core/index.js';
import type { Application } from '../nest/index.js';
import { DURABLE } from './durable.js';
import { TASK_SIGNALS } from './task-signals.js';

/** The base of an engine of durable messages in one application. */
export abstract class EngineLink {
  protected readonly registry: SignalRegistry;
  /** Why it needs MikroORM, as the beginning of a sentence, and where the engine is named. */
  protected abstract readonly needs: { readonly what: string; readonly at: string };

  constructor(protected readonly application: Application) {
    this.registry = application.registry;
    this.registry.backends.set(DURABLE.backend, this);
    this.registry.sources.add({ signals: TASK_SIGNALS });
  }

  /** @throws {SignalError} `DELIVERY_NOT_AVAILABLE` */
  protected get unitsOfWork(): UnitsOfWork {
    const { unitsOfWork } = this.registry;
    if (unitsOfWork) return unitsOfWork;
    const { what, at } = this.needs;
    throw new SignalError('DELIVERY_NOT_AVAILABLE', {
      what: `${what}, and this application has no MikroORM that signals know of.`,
      at,
      fix: 'import MikroOrmModule.forRoot(), and leave `mikroOrm: false` out.',
    });
  }
}

/** Returns the error for a uid that no durable receiver has. */
export function unknownUid(uid: string, known: readonly string[]): SignalError {
  return new SignalError('JOB_WITHOUT_RECEIVER', {
    what: `No durable receiver has or had the uid '${uid}'.`,
    at: 'DurableSignals',
    fix: known.length > 0 ? `name one of ${known.join(', ')}.` : 'connect a durable receiver first: there is none.',
  });
}
