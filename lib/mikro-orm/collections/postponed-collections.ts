import type { Collection, EntityManager } from '@mikro-orm/core';
import { mikroOrm } from '../peer.js';
import { metaOf, propertyOf } from '../properties.js';

/** A collection with the entity and the property that it belongs to. */
interface Postponed {
  readonly entity: Record<string, unknown>;
  readonly name: string;
  readonly collection: Collection<object>;
}

/**
 * Returns the collections that MikroORM writes after the rows, because both ends are new. Until then an empty one stands in for
 * each on its entity, so that it cannot find its property by itself.
 */
export function postponedCollections(em: EntityManager): readonly Postponed[] {
  return [...em.getUnitOfWork(false).getExtraUpdates()].flatMap(([entity, name, value]) => {
    if (Array.isArray(name)) return [];
    const collection = value as Collection<object>;
    Object.assign(collection, { property: propertyOf(metaOf(entity, em), name) });
    return [{ entity: entity as Record<string, unknown>, name, collection }];
  });
}

/** The collections themselves, shown to receivers, so that their changes to them are written. */
export class ShownCollections {
  private readonly standIns = new Map<Postponed['collection'], Postponed & { readonly standIn: unknown }>();

  constructor(private readonly em: EntityManager) {}

  /** Repeated when receivers have run, and when rows have joined the flush. */
  show(): void {
    if (this.em.getUnitOfWork(false).getExtraUpdates().size === 0) return;
    this.takeOver();
    for (const postponed of postponedCollections(this.em)) {
      const { entity, name, collection } = postponed;
      if (entity[name] === collection) continue;
      this.standIns.set(collection, { ...postponed, standIn: entity[name] });
      entity[name] = collection;
    }
  }

  hide(): void {
    for (const { entity, name, collection, standIn } of this.standIns.values()) {
      if (entity[name] === collection) entity[name] = standIn;
    }
  }

  /** Moves the items of a collection or an array that a receiver has assigned to the property into the shown collection. */
  private takeOver(): void {
    for (const { entity, name, collection } of this.standIns.values()) {
      const { [name]: assigned } = entity;
      if (assigned === collection) continue;
      entity[name] = collection;
      if (mikroOrm.Utils.isCollection<object>(assigned)) collection.set(assigned.getItems(false));
      else if (Array.isArray(assigned)) collection.set(assigned as object[]);
    }
  }
}
