import type { EntityManager } from '@mikro-orm/core';
import { type Channel, type ConnectionRecord, isThenable, type Scope } from '../../core/index.js';
import { ValidationError } from '../peer.js';
import { withCurrentEm } from './current-em.js';
import { OwnEm } from './own-em.js';
import { Pending } from './pending.js';
import { type Unchanged, watchPayload } from './watched-payload.js';

/**
 * Outside a transaction receivers share the EntityManagers of their sender, where it has any. What one persists, removes
 * or changes on an entity of the payload is written when it returns.
 */
export class SharedScope implements Scope {
  readonly holdsTransaction = false;
  receiver: ConnectionRecord | undefined;
  signal: Channel | undefined;

  /**
   * @param shared - those of the sender; `message.em` is the first.
   * @param inner - has another `message.em`.
   */
  constructor(
    private readonly shared: readonly (EntityManager | OwnEm)[],
    private readonly sender: unknown,
    private readonly inner?: Scope,
  ) {}

  get own(): Scope['own'] {
    const [first] = this.shared;
    if (this.inner || !first) return this.inner?.own;
    return first instanceof OwnEm ? first : { em: first };
  }

  run<Payload>(call: (payload: Payload) => unknown, payload: Payload): unknown {
    const { shared, sender, inner } = this;
    const before = new Before(shared, watchPayload(payload, sender));
    const value = inner ? inner.run(call, payload) : call(payload);
    return isThenable(value) ? leaveAfter(value, before) : leave(value, before);
  }
}

/** How it was before a receiver was called. */
class Before {
  private readonly pending: readonly Pending[];

  constructor(
    shared: readonly (EntityManager | OwnEm)[],
    private readonly entities: readonly Unchanged[] | undefined,
  ) {
    this.pending = shared.map(one => new Pending(one));
  }

  /** The EntityManagers that have something to write since. */
  get changed(): Set<EntityManager> | undefined {
    let ems: Set<EntityManager> | undefined;
    for (const one of this.pending) if (one.hasGrown) (ems ??= new Set()).add(one.em!);
    for (const one of this.entities ?? []) if (!one.isUnchanged()) (ems ??= new Set()).add(one.em);
    return ems;
  }
}

async function leaveAfter(value: PromiseLike<unknown>, before: Before): Promise<unknown> {
  return leave(await value, before);
}

/** @returns what the receiver has answered, once what it left pending is written. */
function leave(value: unknown, { changed }: Before): unknown {
  return changed ? flushAll(changed).then(() => value) : value;
}

async function flushAll(ems: Iterable<EntityManager>): Promise<void> {
  for (const em of ems) await withCurrentEm(em, () => flush(em));
}

async function flush(em: EntityManager): Promise<void> {
  if (em.isInTransaction()) return;
  try {
    await em.flush();
  } catch (error) {
    // The message is sent by a hook of a flush, which writes it.
    if (!(error instanceof ValidationError && error.message === IN_HOOK)) throw error;
  }
}

/** MikroORM has no code for it (7.2.1). */
const IN_HOOK = 'You cannot call em.flush() from inside lifecycle hook handlers';
