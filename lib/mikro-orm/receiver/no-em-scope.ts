import { type Channel, type ConnectionRecord, SignalError } from '../../core/index.js';
import { FreshScope } from './fresh-scope.js';
import { OwnEm } from './own-em.js';
import type { Running } from './running.js';
import type { EntityManager } from '@mikro-orm/core';

/** Receivers have no EntityManager: to use one is refused. */
export class NoEmScope extends FreshScope {
  receiver: ConnectionRecord | undefined;
  signal: Channel | undefined;

  /** @param roots - what the EntityManagers are forked from that are refused. */
  constructor(
    roots: readonly EntityManager[],
    running: Running,
    private readonly fix: string,
  ) {
    super(() => roots.map(root => new OwnEm(root.name, () => this.refuse(), root)), running);
  }

  private refuse(): never {
    throw new SignalError('NO_ENTITY_MANAGER', {
      what: `${this.receiver?.uid} cannot use an EntityManager: receivers of ${this.signal?.name} have none.`,
      at: 'message.em, or an injected EntityManager',
      fix: this.fix,
    });
  }
}
