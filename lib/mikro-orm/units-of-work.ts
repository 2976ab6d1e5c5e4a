import type { EntityManager, MikroORM } from '@mikro-orm/core';
import type { Flight, Scope, Sending, StoredTenant, Tenant, Transaction, UnitsOfWork } from '../core/index.js';
import { CutOff } from './transactions/cut-off.js';
import { alone } from './receiver/alone.js';
import { FreshScope } from './receiver/fresh-scope.js';
import { JoinedScope } from './receiver/joined-scope.js';
import { CallerScope } from './receiver/receiver-scopes.js';
import type { Running } from './receiver/running.js';
import type { Settings } from './receiver/settings.js';
import type { OpenTransaction } from './transactions/open-transaction.js';
import { SavepointScope } from './transactions/savepoint-scope.js';
import type { Transactions } from './transactions/transactions.js';
import { OrmEntities } from './stored/orm-entities.js';
import { type OrmTenant, Tenants } from './tenants.js';
import { WhichTransaction } from './transactions/which-transaction.js';
import { TransactionContext } from './peer.js';

type Where = Parameters<UnitsOfWork['alone']>[0];

/** The EntityManagers and the transactions of an application's MikroORMs. */
export class OrmUnitsOfWork implements UnitsOfWork {
  readonly entities = new OrmEntities(this.orms);
  private readonly which: WhichTransaction;
  private readonly tenants: Tenants;

  constructor(
    private readonly orms: ReadonlySet<MikroORM>,
    private readonly transactions: Transactions,
    private readonly running: Running,
  ) {
    this.which = new WhichTransaction(orms, transactions, running);
    this.tenants = new Tenants(orms, this.which, this.entities);
  }

  /** A MikroORM of the application. */
  add(orm: MikroORM): void {
    this.tenants.add(orm);
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

  tenantOf(sending: Sending): Tenant {
    return this.tenants.of(sending);
  }

  restoreTenant(stored: StoredTenant | undefined, em?: EntityManager): Tenant {
    return this.tenants.restore(stored, em);
  }

  fresh(tenant?: Tenant): Scope {
    return new FreshScope(this.settingsOf(tenant), this.running);
  }

  private settingsOf(tenant?: Tenant): readonly Settings[] {
    return ((tenant as OrmTenant | undefined) ?? this.tenants.restore(undefined)).settings;
  }

  root(contextName?: string): EntityManager | undefined {
    return [...this.orms].find(({ em }) => contextName === undefined || em.name === contextName)?.em;
  }

  alone<T>(
    { em, tenant, until }: Where,
    work: (scope: Scope) => Promise<T>,
    commit?: (em: EntityManager) => Promise<unknown>,
  ): Promise<T> {
    const settings = this.settingsOf(tenant ?? this.tenants.restore(undefined, em));
    const call = () => this.running.outside(() => alone(settings, work, commit));
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

  sendsOf(sending: Sending): Set<Flight> | undefined {
    return this.which.only(sending)?.sends;
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
    for (const open of this.which.allOf(sending)) open.refuse(error, sending.current && sending.label);
  }
}

/** Whoever began the outermost transaction, while it is open. */
function openEm(transaction: Transaction): EntityManager | undefined {
  const em = (transaction as OpenTransaction).em?.getContext(false);
  return em?.isInTransaction() ? em : undefined;
}
