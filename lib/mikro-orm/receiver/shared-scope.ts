import type { EntityManager } from '@mikro-orm/core';
import type { Scope } from '../../core/index.js';
import { mikroOrm } from '../peer.js';
import { OwnEm, withCurrentEm } from './current-em.js';
import { answerOf } from './pending-work.js';
import { type Unchanged, watchPayload } from './watched-payload.js';

/**
 * Outside a transaction receivers share the EntityManagers of their sender, if it has any. The work that one leaves
 * pending, and its changes to the entities of the payload, are written when it returns.
 */
export class SharedScope implements Scope {
  readonly holdsTransaction = false;

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
    return answerOf(inner ? inner.run(call, payload) : call(payload), before, this);
  }

  leave({ changed }: Before): Promise<void> | undefined {
    return changed && flushAll(changed);
  }
}

/** The state before a receiver is called. */
class Before {
  private readonly stacks = this.shared.map(one => new Stacks(one));

  constructor(
    private readonly shared: readonly (EntityManager | OwnEm)[],
    private readonly entities: readonly Unchanged[] | undefined,
  ) {}

  /** The EntityManagers that have something to write since. */
  get changed(): Set<EntityManager> | undefined {
    let ems: Set<EntityManager> | undefined;
    for (const { grown } of this.stacks) if (grown) (ems ??= new Set()).add(grown);
    for (const one of this.entities ?? []) if (!one.isUnchanged()) (ems ??= new Set()).add(one.em);
    return ems;
  }
}

/** The sizes of an EntityManager's stacks at one moment. The entities that it has loaded are not looked at. */
class Stacks {
  private persisted = EMPTY;
  private removed = EMPTY;

  constructor(private readonly shared: EntityManager | OwnEm) {
    const uow = this.em?.getUnitOfWork(false);
    if (!uow) return;
    this.persisted = noted(uow.getPersistStack());
    this.removed = noted(uow.getRemoveStack());
  }

  private get em(): EntityManager | undefined {
    return this.shared instanceof OwnEm ? this.shared.known : this.shared;
  }

  /** The EntityManager, if something was persisted or removed since. */
  get grown(): EntityManager | undefined {
    const { em, persisted, removed } = this;
    if (!em) return undefined;
    const uow = em.getUnitOfWork(false);
    const hasGrown = isOther(uow.getPersistStack(), persisted) || isOther(uow.getRemoveStack(), removed);
    return hasGrown ? em : undefined;
  }
}

interface NotedStack {
  readonly size: number;
  readonly first: object | undefined;
}

const EMPTY: NotedStack = { size: 0, first: undefined };

function noted(stack: ReadonlySet<object>): NotedStack {
  return stack.size > 0 ? { size: stack.size, first: stack.values().next().value } : EMPTY;
}

/** Returns whether the stack is another: a flush may have taken out as many as were added since. */
function isOther(stack: ReadonlySet<object>, { size, first }: NotedStack): boolean {
  return stack.size > 0 && (stack.size !== size || !first || !stack.has(first));
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
    if (!(error instanceof mikroOrm.ValidationError && error.message === IN_HOOK)) throw error;
  }
}

/** MikroORM has no code for it (7.2.1). */
const IN_HOOK = 'You cannot call em.flush() from inside lifecycle hook handlers';
