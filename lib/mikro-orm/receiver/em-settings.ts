import { isDeepStrictEqual } from 'node:util';
import type { EntityManager, MikroORM } from '@mikro-orm/core';
import type { StoredSettings, Tenant, TenantSettings } from '../../core/index.js';
import { mikroOrm } from '../peer.js';

type Session = ReturnType<EntityManager['getSessionContext']>;

/** The part of the settings that MikroORM lets others read. */
interface Values {
  readonly schema: string | undefined;
  readonly session: Session;
  readonly params: ReadonlyMap<string, Record<string, unknown>>;
}

/** The settings of an EntityManager at the moment when a message was sent. */
export class EmSettings {
  readonly schema = this.values.schema;

  constructor(
    readonly em: EntityManager,
    private readonly filters: FilterNames,
    private readonly values = read(em, filters),
  ) {}

  /** Returns whether these are of the same EntityManager, which was not changed between them. */
  isSame({ em, values }: EmSettings): boolean {
    return this.em === em && areSame(this.values, values);
  }

  /** Returns whether these are of the same MikroORM, and equal. */
  isLike({ em, values }: EmSettings): boolean {
    return this.em.name === em.name && isDeepStrictEqual(this.values, values);
  }

  /** Returns an EntityManager with these settings, which shares nothing else with any other. It reads from the writer. */
  fork(): EntityManager {
    const { em } = this;
    const fork = readsFromWriter(em).fork({
      useContext: false,
      disableContextResolution: true,
      disableTransactions: em.config.get('disableTransactions') ?? false,
    });
    // These two belong to the code that has sent the message.
    fork.setFlushMode();
    Object.assign(fork, { signal: undefined });
    if (!areSame(this.values, read(em, this.filters))) this.apply(fork);
    return fork;
  }

  /** Returns the differences from other settings, such as those of the EntityManager that all are forked from. */
  store(root: EmSettings, encode: Parameters<Tenant['store']>[0]): StoredSettings | undefined {
    const { schema, session, params } = this.values;
    const own = [...params].filter(([name, args]) => !isDeepStrictEqual(args, root.values.params.get(name)));
    const stored: StoredSettings = {
      ...(schema !== undefined && schema !== root.values.schema && { schema }),
      ...(own.length > 0 && { filters: encode(Object.fromEntries(own), 'the parameters of the filters') }),
      ...(session && !isDeepStrictEqual(session, root.values.session) && { session: encode(session, 'the session') }),
    };
    return Object.keys(stored).length > 0 ? stored : undefined;
  }

  /** Returns these settings with other values for those that were stored. */
  with(stored: TenantSettings[string] | undefined): EmSettings {
    if (!stored) return this;
    const { schema, filters, session } = stored;
    const { values } = this;
    const params = Object.entries((filters ?? {}) as Record<string, Record<string, unknown>>);
    return new EmSettings(this.em, this.filters, {
      schema: schema ?? values.schema,
      session: (session as Session) ?? values.session,
      params: new Map([...values.params, ...params]),
    });
  }

  private apply(fork: EntityManager): void {
    const { schema, session, params } = this.values;
    const now = read(fork, this.filters);
    fork.schema = schema;
    for (const [name, args] of params) {
      if (!isDeepStrictEqual(args, now.params.get(name))) fork.setFilterParams(name, args);
    }
    if (isDeepStrictEqual(session, fork.getSessionContext())) return;
    fork.clearSessionContext();
    if (session) fork.setSessionContext(structuredClone(session));
  }
}

/** The names of the filters of one MikroORM: MikroORM has parameters read by name only (7.2.1). */
export class FilterNames {
  private readonly names = new Set<string>();
  private discovered: number | undefined;

  constructor(private readonly orm: MikroORM) {
    this.addDeclared();
    const { em } = orm;
    const [addFilter, setFilterParams] = [em.addFilter.bind(em), em.setFilterParams.bind(em)];
    // Injected EntityManagers stand for this one.
    em.addFilter = options => {
      this.names.add(options.name);
      addFilter(options);
    };
    em.setFilterParams = (name, args) => {
      this.names.add(name);
      setFilterParams(name, args);
    };
  }

  [Symbol.iterator](): Iterator<string> {
    this.addDeclared();
    return this.names.values();
  }

  private addDeclared(): void {
    const { config } = this.orm;
    const all = this.orm.getMetadata().getAll();
    // Entities may be discovered later.
    if (this.discovered === all.size) return;
    this.discovered = all.size;
    for (const { filters } of [config.getAll(), ...all.values()])
      for (const name of Object.keys(filters ?? {})) this.names.add(name);
  }
}

/** Reads the settings of this EntityManager, even where an injected one stands for another. */
function read(em: EntityManager, filters: FilterNames): Values {
  return mikroOrm.TransactionContext.create(em, () => {
    const params = new Map<string, Record<string, unknown>>();
    for (const name of filters) {
      const args: unknown = em.getFilterParams(name);
      if (args !== undefined) params.set(name, args as Record<string, unknown>);
    }
    return { schema: em.schema, session: em.getSessionContext(), params };
  });
}

/**
 * Returns an EntityManager whose forks read where they write, or this one if there is no replica: a replica lags behind
 * the rows that a receiver is called for.
 *
 * MikroORM asks its driver for a connection, and hands the driver on to everything that an EntityManager is made of (7.2.1).
 */
function readsFromWriter(em: EntityManager): EntityManager {
  if ((em.config.get('replicas')?.length ?? 0) === 0) return em;
  const fork = em.fork({ disableContextResolution: true });
  const driver = em.getDriver();
  const writer = Object.create(driver, {
    getConnection: { value: () => driver.getConnection('write') },
  }) as typeof driver;
  return Object.assign(fork, { driver: writer });
}

function areSame(one: Values, other: Values): boolean {
  return (
    one.schema === other.schema &&
    one.session === other.session &&
    one.params.size === other.params.size &&
    [...one.params].every(([name, args]) => other.params.get(name) === args)
  );
}
