import type { EntityManager } from '@mikro-orm/core';
import type { Channel, ConnectionRecord, Scope } from '../../core/index.js';
import type { OwnEm } from './own-em.js';
import { TransactionScope } from './receiver-scopes.js';
import type { Running } from './running.js';

/** In a transaction, but in none of its flushes: each receiver has an EntityManager of its own on it. */
export class JoinedScope implements Scope {
  readonly holdsTransaction = true;
  receiver: ConnectionRecord | undefined;
  signal: Channel | undefined;
  private readonly scope: TransactionScope;

  constructor(
    private readonly outer: EntityManager,
    private readonly running: Running,
  ) {
    this.scope = new TransactionScope(outer);
  }

  get own(): OwnEm {
    return this.scope.own;
  }

  run<Payload>(call: (payload: Payload) => unknown, payload: Payload): unknown {
    const { outer, running, scope } = this;
    const phase = { phase: 'after', em: outer, uow: outer.getUnitOfWork(false), scope } as const;
    [scope.receiver, scope.signal] = [this.receiver, this.signal];
    return running.within(phase, () => scope.run(call, payload));
  }
}
