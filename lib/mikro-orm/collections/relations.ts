import type { EntityMetadata, EntityProperty, MikroORM } from '@mikro-orm/core';
import { propertyOf } from '../properties.js';
import { LoadedCollections } from './loaded-collections.js';
import { Through } from './through.js';
import { classOfSchema, getOrInsert } from '../../core/index.js';

/** The many-to-many relations of an application, each with the one sender that stands for it. */
export class Relations {
  readonly loaded = new LoadedCollections();
  private readonly known = new WeakMap<object, Map<string, Through>>();

  constructor(private readonly orms: ReadonlySet<MikroORM>) {}

  /** Whether the application has a MikroORM. */
  get areKnown(): boolean {
    return this.orms.size > 0;
  }

  /**
   * Returns the sender for a property of either side, also where it is inherited. By class and name: another MikroORM of the
   * same classes has metadata of its own, and MikroORM 7.2.1 leaves that of the last one on the prototypes.
   */
  throughOf(entity: object, name: string): Through | undefined {
    const known = this.knownOf(entity);
    const through = known.get(name) ?? this.find(entity, name);
    if (through) known.set(name, through);
    return through;
  }

  private knownOf(entity: object): Map<string, Through> {
    return getOrInsert(this.known, entity, () => new Map<string, Through>());
  }

  private find(entity: object, name: string): Through | undefined {
    const meta = this.metaOf(entity);
    const prop = meta && propertyOf(meta, name);
    if (prop?.kind !== 'm:n') return undefined;
    const owning = prop.owner || !prop.targetMeta ? prop : propertyOf(prop.targetMeta, prop.mappedBy);
    if (!owning) return undefined;
    const { class: declaring } = this.declaring(owning);
    return getOrInsert(this.knownOf(declaring), owning.name, () => new Through(declaring, owning.name));
  }

  /** Returns the one sender that stands for a relation, whichever side has named it; any other as it is. */
  senderKey(sender: unknown): unknown {
    return sender instanceof Through ? (this.canonical(sender) ?? sender) : sender;
  }

  /** Returns the sender for a result of `through()`; undefined if there is no such relation. */
  canonical({ entity, property }: Through): Through | undefined {
    const known = (classOfSchema(entity) ?? entity) as object | undefined;
    return known && this.throughOf(known, property);
  }

  metaOf(entity: unknown): EntityMetadata | undefined {
    const known = classOfSchema(entity) ?? entity;
    return this.metas().find(meta => meta.class === known);
  }

  /**
   * Returns the entity that declares a relation. Those that inherit it share its table; with table-per-type each has a
   * table of its own, and it is one relation all the same.
   */
  private declaring(owning: EntityProperty): EntityMetadata {
    const own = this.metas().find(meta => propertyOf(meta, owning.name) === owning);
    const holders = this.metas().filter(meta => {
      const prop = propertyOf(meta, owning.name);
      if (prop?.kind !== 'm:n' || prop.targetMeta !== owning.targetMeta) return false;
      return prop.pivotTable === owning.pivotTable || (own !== undefined && own.root === meta.root);
    });
    return holders.find(meta => !holders.some(other => meta.class.prototype instanceof other.class)) ?? holders[0]!;
  }

  private metas(): EntityMetadata[] {
    return [...this.orms].flatMap(orm => [...orm.getMetadata().getAll().values()]);
  }
}
