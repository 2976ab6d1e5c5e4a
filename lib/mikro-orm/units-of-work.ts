import type { EntityManager, MikroORM } from '@mikro-orm/core';
import type { Scope, Sending, Transaction, UnitsOfWork } from '../core/index.js';
import { CutOff } from './transactions/cut-off.js';
import { alone } from './receiver/alone.js';
import { FreshScope } from './receiver/fresh-scope.js';
import { JoinedScope } from './receiver/joined-scope.js';
import { CallerScope } from './receiver/receiver-scopes.js';
import type { Running } from './receiver/running.js';
import type { OpenTransaction } from './transactions/open-transaction.js';
import { SavepointScope } from './transactions/savepoint-scope.js';
import type { Transactions } from './transactions/transactions.js';
import { OrmEntities } from './stored/orm-entities.js';
import { WhichTransaction } from './transactions/which-transaction.js';
import { TransactionContext } from './peer.js';

type Where = Parameters<UnitsOfWork['alone']>[0];

/** The EntityManagers and the transactions of an application's MikroORMs. */
export class OrmUnitsOfWork implements UnitsOfWork {
  readonly entities = new OrmEntities(this.orms);
  private readonly which: WhichTransaction;

  constructor(
    private readonly orms: ReadonlySet<MikroORM>,
    private readonly transactions: Transactions,
    private readonly running: Running,
  ) {
    this.which = new WhichTransaction(orms, transactions, running);
  }

  current(): EntityManager | undefined {
    const transactional = TransactionContext.currentTransactionContext()?.em;
    if (transactional) return transactional;
    const [orm] = this.orms;
    const em = orm?.em.getContext(false);
    return em === orm?.em && !orm?.config.get('allowGlobalContext') ? undefined : em;
  }

  isInTransaction(em: EntityManager | undefined = this.current()): boolean {
    return em?.isInTransaction() ?? false;
  }

  fresh(em?: EntityManager): Scope {
    const ems = [...this.orms].map(orm => orm.em);
    const first = ems.filter(({ name }) => name === em?.name);
    return new FreshScope([...new Set([...first, ...ems])], this.running);
  }

  root(contextName?: string): EntityManager | undefined {
    return [...this.orms].find(({ em }) => contextName === undefined || em.name === contextName)?.em;
  }

  alone<T>(
    { em, schema, until }: Where,
    work: (scope: Scope) => Promise<T>,
    commit?: (em: EntityManager) => Promise<unknown>,
  ): Promise<T> {
    const others = [...this.orms].map(orm => orm.em).filter(({ name }) => name !== em.name);
    const call = () => this.running.outside(() => alone([em, ...others], schema, work, commit));
    return until ? this.running.until(new CutOff(until), call) : call();
  }

  named(em: EntityManager): Scope {
    return new CallerScope(em.getContext(false));
  }

  robust(sending: Sending): Scope | undefined {
    const [em, ...others] = this.which.emsOf(sending);
    if (!em?.isInTransaction() || others.length > 0) return undefined;
    return new SavepointScope(em.getContext(false), this.transactions, this.running);
  }

  transactionOf(sending: Sending): Transaction | undefined {
    return this.which.of(sending);
  }

  onCommit(em: EntityManager, call: () => void): void {
    this.transactions.of(em.getTransactionContext()!).root.calls.push(call);
  }

  within(transaction: Transaction): Scope | undefined {
    const em = openEm(transaction);
    return em && new JoinedScope(em, this.running);
  }

  savepoints(transaction: Transaction): Scope | undefined {
    const em = openEm(transaction);
    return em && new SavepointScope(em, this.transactions, this.running);
  }

  refuse(sending: Sending, error: unknown): void {
    for (const open of this.which.allOf(sending)) open.refuse(error);
  }
}

/** Whoever began the outermost transaction, while it is open. */
function openEm(transaction: Transaction): EntityManager | undefined {
  const em = (transaction as OpenTransaction).em?.getContext(false);
  return em?.isInTransaction() ? em : undefined;
}
