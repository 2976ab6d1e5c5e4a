import type { EntityManager, MikroORM } from '@mikro-orm/core';
import type { Sending, StoredTenant, Tenant, TenantSettings } from '../core/index.js';
import { OwnEm } from './receiver/current-em.js';
import { TransactionScope } from './receiver/receiver-scopes.js';
import { FilterNames, EmSettings } from './receiver/em-settings.js';
import type { WhichTransaction } from './transactions/which-transaction.js';

/** The settings of an application's EntityManagers, where messages are sent and where they are received later. */
export class Tenants {
  private readonly filters = new Map<string, FilterNames>();

  constructor(
    private readonly orms: ReadonlySet<MikroORM>,
    private readonly which: WhichTransaction,
  ) {}

  /** Adds a MikroORM of the application. */
  add(orm: MikroORM): void {
    this.filters.set(orm.em.name, new FilterNames(orm));
  }

  of(sending: Sending): OrmTenant {
    const { scope } = sending;
    // All signals of a flush are sent by one EntityManager.
    if (scope instanceof TransactionScope) return (scope.tenant ??= this.find(sending)) as OrmTenant;
    return this.find(sending);
  }

  restore(known: TenantSettings | undefined, first?: EntityManager): OrmTenant {
    const roots = this.roots;
    const isFirst = ({ em }: EmSettings) => em.name === first?.name;
    const ordered = roots.toSorted((one, other) => Number(isFirst(other)) - Number(isFirst(one)));
    const settings = ordered.map(root => root.with(known?.[root.em.name]));
    return new OrmTenant(settings, roots);
  }

  private find(sending: Sending): OrmTenant {
    const senders = this.which.sendersOf(sending);
    const transaction = sending.scope instanceof TransactionScope ? sending.scope.open : this.which.only(sending)?.root;
    const known = transaction?.tenant as OrmTenant | undefined;
    const settings = senders.map(sender => this.settingsOf(sender));
    if (known?.isSame(settings)) return known;
    const tenant = new OrmTenant(settings, this.roots);
    if (transaction) transaction.tenant = tenant;
    return tenant;
  }

  settingsOf(sender: EntityManager | OwnEm): EmSettings {
    if (sender instanceof OwnEm)
      return sender.source instanceof EmSettings ? sender.source : this.settingsOf(sender.source);
    // Its MikroORM was added when it was hooked.
    return new EmSettings(sender, this.filters.get(sender.name)!);
  }

  private get roots(): EmSettings[] {
    return [...this.orms].map(({ em }) => this.settingsOf(em));
  }
}

/** The settings of the EntityManagers with which a message was sent; the first is that of `message.em`. */
export class OrmTenant implements Tenant {
  readonly using = this.settings[0]?.em.name;
  readonly schema = this.settings[0]?.schema;

  constructor(
    readonly settings: readonly EmSettings[],
    private readonly roots: readonly EmSettings[],
  ) {}

  /** Returns whether these are settings of the same EntityManagers, with the same values. */
  isSame(settings: readonly EmSettings[]): boolean {
    return this.settings.length === settings.length && settings.every((other, at) => this.settings[at]?.isSame(other));
  }

  isLike(other: Tenant): boolean {
    const { settings } = other as OrmTenant;
    return this.settings.every(own => settings.some(one => own.isLike(one)));
  }

  store(encode: Parameters<Tenant['store']>[0]): StoredTenant | undefined {
    const entries = this.settings.flatMap(own => {
      const root = this.roots.find(({ em }) => em.name === own.em.name);
      const stored = root && own.store(root, encode);
      return stored ? [[own.em.name, stored] as const] : [];
    });
    return entries.length > 0 ? Object.fromEntries(entries) : undefined;
  }
}
