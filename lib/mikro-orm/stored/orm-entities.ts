import type { EntityManager, EntityMetadata, MikroORM } from '@mikro-orm/core';
import type { StoredEntities, StoredEntity } from '../../core/index.js';
import { conditionOf, keyColumns, keyValues, type Values } from '../keys.js';
import { rebuiltFrom, snapshotOf, storedAs, toJavaScript, withoutHiddenValues } from './entity-snapshot.js';
import { helper, Reference } from '../peer.js';

/** What an application's MikroORMs know of entities that are stored in jobs. */
export class OrmEntities implements StoredEntities {
  constructor(private readonly orms: ReadonlySet<MikroORM>) {}

  store(value: object): StoredEntity | undefined {
    const entity = entityOf(value);
    const meta = entity && metaOf(entity);
    const orm = entity && meta && this.ormOf(entity, meta);
    if (!entity || !orm) return undefined;
    const schema = helper(entity).__schema ?? helper(entity).__em?.schema;
    return {
      entity: meta.className,
      using: orm.em.name,
      ...(schema !== undefined && { schema }),
      key: this.keyOf(entity),
      snapshot: snapshotOf(entity, meta, orm.em),
    };
  }

  keyOf(value: object): readonly unknown[] {
    const entity = entityOf(value)!;
    const { __meta, __platform } = helper(entity);
    const props = __meta.getPrimaryProps();
    const parts = keyValues(entity as Values, props);
    if (parts.some(part => part === undefined || part === null)) return [];
    return keyColumns(props).map((prop, at) => storedAs(parts[at], prop, __platform));
  }

  async load(stored: StoredEntity): Promise<object | undefined> {
    const { em, meta } = this.find(stored) ?? {};
    if (!em || !meta || stored.key.length === 0) return undefined;
    const props = meta.getPrimaryProps();
    const key = keyColumns(props).map((prop, at) => toJavaScript(stored.key[at], prop, em.getPlatform()));
    const where = conditionOf(props, key) as never;
    // Filters say what an application wants to see, not what is there.
    const options = { filters: false, ...(stored.schema !== undefined && { schema: stored.schema }) } as const;
    return (await em.findOne(meta.class, where, options)) ?? undefined;
  }

  rebuild(stored: StoredEntity): object | undefined {
    const { em, meta } = this.find(stored) ?? {};
    return em && meta && rebuiltFrom(stored, meta, em);
  }

  storable(payload: object, sender: unknown): object {
    const { instance } = payload as { instance?: unknown };
    const own = typeof instance === 'object' && instance !== null ? metaOf(instance) : undefined;
    const meta = own ?? this.metas().find(found => found.meta.class === sender)?.meta;
    return meta ? withoutHiddenValues(payload, meta) : payload;
  }

  classNamed(name: string): unknown {
    return this.metas().find(({ meta }) => meta.className === name)?.meta.class;
  }

  private find({ entity, using }: StoredEntity): { em: EntityManager; meta: EntityMetadata } | undefined {
    const found = this.metas().filter(({ meta }) => meta.className === entity);
    const one = found.find(({ orm }) => orm.em.name === using) ?? found[0];
    return one && { em: one.orm.em.getContext(false), meta: one.meta };
  }

  private ormOf(entity: object, meta: EntityMetadata): MikroORM | undefined {
    const name = helper(entity).__em?.name;
    const knowing = [...this.orms].filter(orm => [...orm.getMetadata().getAll().values()].includes(meta));
    return knowing.find(({ em }) => em.name === name) ?? knowing[0];
  }

  private metas(): { orm: MikroORM; meta: EntityMetadata }[] {
    return [...this.orms].flatMap(orm => [...orm.getMetadata().getAll().values()].map(meta => ({ orm, meta })));
  }
}

function entityOf(value: object): object | undefined {
  return Reference.isReference(value) ? value.unwrap() : value;
}

function metaOf(entity: object): EntityMetadata | undefined {
  return (helper(entity) as { __meta?: EntityMetadata } | undefined)?.__meta;
}
