import type { EntityManager, EntityMetadata, helper, MikroORM } from '@mikro-orm/core';
import type { StoredEntities, StoredEntity } from '../../core/index.js';
import type { Relations } from '../collections/relations.js';
import { mikroOrm } from '../peer.js';
import { conditionOf, keyColumns, keyValues, storedAs, type Values } from '../properties.js';
import { OrmRows } from './orm-rows.js';
import { fromStored, rebuiltFrom, storedSnapshot, withoutHiddenValues } from './entity-snapshot.js';

/** An entity in one MikroORM. */
interface Known {
  readonly orm: MikroORM;
  readonly meta: EntityMetadata;
}

/** The entities of an application's MikroORMs that are stored in jobs. */
export class OrmEntities implements StoredEntities {
  readonly rows = new OrmRows(this.orms, this.relations);

  constructor(
    private readonly orms: ReadonlySet<MikroORM>,
    private readonly relations: Relations,
  ) {}

  store(value: object): StoredEntity | undefined {
    const entity = entityOf(value);
    const { orm, meta } = (entity && this.knownBy(entity)) ?? {};
    if (!entity || !orm || !meta) return undefined;
    const schema = mikroOrm.helper(entity).__schema ?? mikroOrm.helper(entity).__em?.schema;
    return {
      entity: meta.className,
      using: orm.em.name,
      ...(schema !== undefined && { schema }),
      key: this.keyOf(entity),
      snapshot: storedSnapshot(entity, meta, orm.em),
    };
  }

  keyOf(value: object): readonly unknown[] {
    // `store` has found it to be an entity of these.
    const entity = entityOf(value)!;
    // As above.
    const { orm, meta } = this.knownBy(entity)!;
    const props = meta.getPrimaryProps();
    const parts = keyValues(entity as Values, props);
    if (parts.some(part => part === undefined || part === null)) return [];
    return keyColumns(props).map((prop, at) => storedAs(parts[at], prop, orm.em.getPlatform()));
  }

  async load(stored: StoredEntity): Promise<object | undefined> {
    const { em, meta } = this.find(stored) ?? {};
    if (!em || !meta || stored.key.length === 0) return undefined;
    const props = meta.getPrimaryProps();
    const key = keyColumns(props).map((prop, at) => fromStored(stored.key[at], prop, em.getPlatform()));
    const where = conditionOf(props, key);
    // Filters hide rows from an application, and the row may be one of them.
    const options = { filters: false, ...(stored.schema !== undefined && { schema: stored.schema }) } as const;
    return (await em.findOne(meta.class, where, options)) ?? undefined;
  }

  rebuild(stored: StoredEntity): object | undefined {
    const { em, meta } = this.find(stored) ?? {};
    return em && meta && rebuiltFrom(stored, meta, em);
  }

  storable(payload: object, sender: unknown): object {
    const { instance } = payload as { instance?: unknown };
    const own = typeof instance === 'object' && instance !== null ? this.knownBy(instance) : undefined;
    const { meta } = own ?? this.known(({ class: entity }) => entity === sender) ?? {};
    return meta ? withoutHiddenValues(payload, meta) : payload;
  }

  classNamed(name: string): unknown {
    return this.known(({ className }) => className === name)?.meta.class;
  }

  private find({ entity, using }: StoredEntity): { em: EntityManager; meta: EntityMetadata } | undefined {
    const found = this.known(({ className }) => className === entity, using);
    return found && { em: found.orm.em.getContext(false), meta: found.meta };
  }

  /** Returns the MikroORM of an entity. The metadata on its prototype may be of another one of the same classes (7.2.1). */
  private knownBy(entity: object): Known | undefined {
    const wrapped = mikroOrm.helper(entity) as ReturnType<typeof helper> | undefined;
    if (!wrapped?.__meta) return undefined;
    return this.known(meta => meta.class === wrapped.__meta.class, wrapped.__em?.name);
  }

  /** @param using - the context name of the MikroORM whose entity is preferred. */
  private known(isMeant: (meta: EntityMetadata) => boolean, using?: string): Known | undefined {
    const all = [...this.orms].flatMap(orm => [...orm.getMetadata().getAll().values()].map(meta => ({ orm, meta })));
    const found = all.filter(({ meta }) => isMeant(meta));
    return found.find(({ orm }) => orm.em.name === using) ?? found[0];
  }
}

function entityOf(value: object): object | undefined {
  return mikroOrm.Reference.isReference(value) ? value.unwrap() : value;
}
