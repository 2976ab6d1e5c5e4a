import type { EntityMetadata, EntityProperty, MikroORM } from '@mikro-orm/core';
import { classOfSchema } from '../entity-schema.js';
import { Through } from './through.js';

/** The many-to-many relations of an application, each with the one sender that stands for it. */
export class Relations {
  private readonly known = new Map<unknown, Map<string, Through>>();
  private readonly ofProps = new WeakMap<EntityProperty, Through>();

  constructor(private readonly orms: ReadonlySet<MikroORM>) {}

  /** Whether the application has a MikroORM. */
  get areKnown(): boolean {
    return this.orms.size > 0;
  }

  /** The sender for a property of either side, wherever it is inherited to. */
  throughOf(prop: EntityProperty): Through {
    const through = this.ofProps.get(prop) ?? this.find(prop);
    this.ofProps.set(prop, through);
    return through;
  }

  private find(prop: EntityProperty): Through {
    const owning = (prop.owner ? prop : prop.targetMeta!.properties[prop.mappedBy as never]) as EntityProperty;
    const { class: entity } = this.declaring(owning);
    let ofEntity = this.known.get(entity);
    if (!ofEntity) this.known.set(entity, (ofEntity = new Map<string, Through>()));
    let through = ofEntity.get(owning.name);
    if (!through) ofEntity.set(owning.name, (through = new Through(entity, owning.name)));
    return through;
  }

  /** The same for what `through()` returned; undefined where there is no such relation. */
  canonical({ entity, property }: Through): Through | undefined {
    const prop = this.metaOf(entity)?.properties[property as never];
    return prop?.kind === 'm:n' ? this.throughOf(prop) : undefined;
  }

  metaOf(entity: unknown): EntityMetadata | undefined {
    const wanted = classOfSchema(entity) ?? entity;
    return this.metas().find(meta => meta.class === wanted);
  }

  /**
   * Entities that inherit a relation share its table with the one that declares it; with table-per-type each has a
   * table of its own, and it is one relation all the same.
   */
  private declaring(owning: EntityProperty): EntityMetadata {
    const own = this.metas().find(meta => meta.properties[owning.name as never] === owning);
    const holders = this.metas().filter(meta => {
      const prop = meta.properties[owning.name as never] as EntityProperty | undefined;
      if (prop?.kind !== 'm:n' || prop.targetMeta !== owning.targetMeta) return false;
      return prop.pivotTable === owning.pivotTable || (own !== undefined && own.root === meta.root);
    });
    return holders.find(meta => !holders.some(other => meta.class.prototype instanceof other.class)) ?? holders[0]!;
  }

  private metas(): EntityMetadata[] {
    return [...this.orms].flatMap(orm => [...orm.getMetadata().getAll().values()]);
  }
}
