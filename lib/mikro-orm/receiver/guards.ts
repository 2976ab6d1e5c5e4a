import type { EntityManager, MikroORM, UnitOfWork } from '@mikro-orm/core';
import { type Scope, SignalError } from '../../core/index.js';
import type { FlushPhases } from './flush-phases.js';
import { shadow } from './shadow.js';
import { isRead } from './statements.js';
import { mikroOrm } from '../peer.js';

/**
 * Refuses a flush inside the flush, and a clear, while receivers run before the SQL; a query flushes nothing. Other code
 * of the same request can use the EntityManager meanwhile as ever.
 */
export function guardFlush(em: EntityManager, uow: UnitOfWork, phases: FlushPhases): () => void {
  const [commit, clear, tryFlush] = [uow.commit.bind(uow), uow.clear.bind(uow), em.tryFlush.bind(em)];
  const isHere = () => phases.current?.uow === uow && phases.current.phase === 'before';
  const open = [
    shadow(uow, 'commit', () => (isHere() ? Promise.reject(flushInside(phases.current?.scope)) : commit())),
    shadow(uow, 'clear', () => {
      if (isHere()) throw clearInside(phases.current?.scope);
      clear();
    }),
    shadow(em, 'tryFlush', (...args) => (isHere() ? Promise.resolve() : tryFlush(...args))),
  ];
  return () => open.toReversed().forEach(close => close());
}

/** Refuses direct writes during a flush that has no transaction yet: they would stay when the flush fails. */
export function guardQueries(orm: MikroORM, phases: FlushPhases): void {
  const before = orm.config.get('onQuery');
  orm.config.set('onQuery', (sql: string, params: readonly unknown[]) => {
    const { current } = phases;
    if (current?.phase === 'before' && !current.em.isInTransaction() && !isRead(sql))
      throw noTransaction(current.scope);
    return before(sql, params);
  });
}

/** Refuses entities of the sender: the receiver's EntityManager must not write rows that are being written already. */
export function guardForeign(receiving: EntityManager, scope: Scope): void {
  const uow = receiving.getUnitOfWork(false);
  for (const method of ['persist', 'remove'] as const) {
    const own = uow[method].bind(uow);
    shadow(uow, method, (entity: object, visited?: Set<object>, options?: object) => {
      const owner = mikroOrm.helper(entity)?.__em;
      if (!owner || owner === receiving) return own(entity, visited, options);
      // Reached over a relation of a new row: it may be referred to, and stays the sender's.
      if (visited) return undefined;
      throw foreignInstance(entity, method, scope);
    });
  }
}

/** Refuses entities of the sender that a receiver writes in a transaction or a fork of its own. */
export function refuseForeign(uow: UnitOfWork, phases: FlushPhases): void {
  const { current } = phases;
  if (current?.phase !== 'after' || current.uow === uow) return;
  for (const [method, stack] of [
    ['persist', uow.getPersistStack()],
    ['remove', uow.getRemoveStack()],
  ] as const) {
    for (const entity of stack)
      if (mikroOrm.helper(entity).__em === current.em) throw foreignInstance(entity, method, current.scope);
  }
}

/** Returns the name of the receiver that is running, for an error. */
function receiverIn(scope: Scope | undefined): string {
  return scope?.receiver ? `${scope.receiver.uid} (${scope.signal?.name})` : 'A receiver';
}

function flushInside(scope: Scope | undefined): SignalError {
  return new SignalError('FLUSH_INSIDE_RECEIVER', {
    what: `${receiverIn(scope)} cannot flush: it runs before the SQL of a flush, and belongs to it.`,
    at: 'em.flush() in a receiver of a `Pre*` signal',
    fix: 'take it out: what the receiver persists, removes and changes is written by the running flush.',
  });
}

function clearInside(scope: Scope | undefined): SignalError {
  return new SignalError('FLUSH_INSIDE_RECEIVER', {
    what: `${receiverIn(scope)} cannot clear its EntityManager before the SQL of a flush: it would write nothing.`,
    at: 'em.clear() in a receiver of a `Pre*` signal',
    fix: 'take it out, or clear `em.fork()`.',
  });
}

function noTransaction(scope: Scope | undefined): SignalError {
  return new SignalError('NO_TRANSACTION', {
    what: `${receiverIn(scope)} cannot write by itself: it runs before the SQL of a flush, which has no transaction yet.`,
    at: 'a direct write in a receiver of a `Pre*` signal',
    fix: 'receive the `Post*` signal, use em.persist() and em.remove(), or flush inside em.transactional().',
  });
}

function foreignInstance(entity: object, method: string, scope: Scope | undefined): SignalError {
  const { className } = mikroOrm.helper(entity).__meta;
  return new SignalError('FOREIGN_INSTANCE', {
    what: `${receiverIn(scope)} cannot ${method} this ${className}: it belongs to the EntityManager that is flushing it.`,
    at: `em.${method}() in a receiver of a \`Post*\` signal`,
    fix: `change it in PreSave, or load it with em.findOneOrFail(${className}, ...) first.`,
  });
}
