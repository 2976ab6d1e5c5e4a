import type { EntityManager, MikroORM } from '@mikro-orm/core';
import type { PendingSend, Scope, Sending, Tenant, TenantSettings, Transaction, UnitsOfWork } from '../core/index.js';
import { Relations } from './collections/relations.js';
import { CutOff } from './transactions/cut-off.js';
import { FreshScope, freshFork, inOwnUnitOfWork, NoEmScope } from './receiver/fresh-scope.js';
import { OwnEm } from './receiver/current-em.js';
import { CallerScope, JoinedScope, SenderScope } from './receiver/receiver-scopes.js';
import { FlushPhases } from './receiver/flush-phases.js';
import { SharedScope } from './receiver/shared-scope.js';
import type { OpenTransaction } from './transactions/open-transaction.js';
import { SavepointScope } from './transactions/savepoint-scope.js';
import { Transactions } from './transactions/transactions.js';
import { OrmEntities } from './stored/orm-entities.js';
import { type OrmTenant, Tenants } from './tenants.js';
import { WhichTransaction } from './transactions/which-transaction.js';
import { mikroOrm } from './peer.js';

/** The EntityManagers and the transactions of an application's MikroORMs. */
export class OrmUnitsOfWork implements UnitsOfWork {
  private readonly orms = new Set<MikroORM>();
  readonly relations = new Relations(this.orms);
  readonly transactions = new Transactions();
  readonly phases = new FlushPhases();
  readonly entities = new OrmEntities(this.orms, this.relations);
  private readonly which = new WhichTransaction(this.orms, this.transactions, this.phases);
  private readonly tenants = new Tenants(this.orms, this.which);

  /** Adds a MikroORM of the application. */
  add(orm: MikroORM): void {
    this.orms.add(orm);
    this.relations.loaded.watch(orm);
    this.tenants.add(orm);
  }

  has(orm: MikroORM): boolean {
    return this.orms.has(orm);
  }

  current(): EntityManager | undefined {
    const transactional = mikroOrm.TransactionContext.currentTransactionContext()?.em;
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

  restoreTenant(known: TenantSettings | undefined, em?: EntityManager): Tenant {
    return this.tenants.restore(known, em);
  }

  fresh(tenant?: Tenant): Scope {
    if (!tenant) return new FreshScope(() => this.roots.map(em => this.ownOf(em)), this.phases);
    const { settings } = tenant as OrmTenant;
    return new FreshScope(() => settings.map(of => new OwnEm(of.em.name, () => freshFork(of), of)), this.phases);
  }

  /** Surrounds receivers of one MikroORM's migrations. */
  ofMigrations(em: EntityManager, schema?: string): Scope {
    return this.fresh(this.tenants.restore(schema === undefined ? undefined : { [em.name]: { schema } }, em));
  }

  /** Surrounds receivers that have no EntityManager. */
  none(fix: string): Scope {
    return new NoEmScope(this.roots, this.phases, fix);
  }

  private get roots(): EntityManager[] {
    return [...this.orms].map(({ em }) => em);
  }

  /** Reads the settings when the EntityManager is asked for. */
  private ownOf(root: EntityManager): OwnEm {
    return new OwnEm(root.name, () => freshFork(this.tenants.settingsOf(root)), root);
  }

  root(contextName?: string): EntityManager | undefined {
    return [...this.orms].find(({ em }) => contextName === undefined || em.name === contextName)?.em;
  }

  inOwnUnitOfWork<T>(
    { em, tenant, until }: Parameters<UnitsOfWork['inOwnUnitOfWork']>[0],
    work: (scope: Scope) => Promise<T>,
    commit?: (em: EntityManager) => Promise<unknown>,
  ): Promise<T> {
    const { settings } = (tenant as OrmTenant | undefined) ?? this.tenants.restore(undefined, em);
    const call = () => this.phases.leave(() => inOwnUnitOfWork(settings, work, commit));
    return until ? this.phases.withCutOff(new CutOff(until), call) : call();
  }

  around(sender: unknown): Scope | undefined {
    if (this.phases.current) return undefined;
    const current = this.which.current();
    const outside = current.filter(isOutside);
    if (outside.length > 0) return new SharedScope(outside, sender);
    // A transaction has an EntityManager. Without one all of them are the ones that others are forked from.
    return current.some(isOpen)
      ? new SenderScope(this.current()!, this.phases)
      : new SharedScope([], sender, this.fresh());
  }

  named(em: EntityManager, sender: unknown, isSync: boolean): Scope {
    const named = em.getContext(false);
    if (isSync) return new CallerScope(named);
    if (named.getTransactionContext()) return new SenderScope(named, this.phases, true);
    const others = this.which.current().filter(one => one.name !== named.name && isOutside(one));
    return new SharedScope([named, ...others], sender, new CallerScope(named));
  }

  robust(sending: Sending): Scope | undefined {
    const [em, ...others] = this.which.emsOf(sending);
    if (!em?.isInTransaction() || others.length > 0) return undefined;
    return new SavepointScope(em.getContext(false), this.transactions, this.phases);
  }

  transactionOf(sending: Sending): Transaction | undefined {
    return this.which.of(sending);
  }

  sendsOf(sending: Sending): Set<PendingSend> | undefined {
    return this.which.only(sending)?.sends;
  }

  onCommit(em: EntityManager, call: () => void): void {
    // The caller stores in it.
    this.transactions.of(em.getTransactionContext()!).root.calls.push(call);
  }

  within(transaction: Transaction): Scope | undefined {
    const em = openEm(transaction);
    return em && new JoinedScope(em, this.phases);
  }

  savepoints(transaction: Transaction): Scope | undefined {
    const em = openEm(transaction);
    return em && new SavepointScope(em, this.transactions, this.phases);
  }

  refuse(sending: Sending, error: unknown): void {
    for (const open of this.which.allOf(sending)) open.refuse(error, sending.current && sending.label);
  }
}

/** Returns whether it is in a transaction, whose COMMIT writes its pending work. */
function isOpen(one: EntityManager | OwnEm): boolean {
  const em = one instanceof OwnEm ? one.known : one;
  return em?.getTransactionContext() !== undefined;
}

/** Returns whether it can be used, and is in no transaction. */
function isOutside(one: EntityManager | OwnEm): boolean {
  if (isOpen(one)) return false;
  return one instanceof OwnEm || !one.global || (one.config.get('allowGlobalContext') ?? false);
}

/** Returns the EntityManager that began the outermost transaction, while it is open. */
function openEm(transaction: Transaction): EntityManager | undefined {
  const em = (transaction as OpenTransaction).em?.getContext(false);
  return em?.isInTransaction() ? em : undefined;
}
