import type { Collection, EntityManager, EntityProperty } from '@mikro-orm/core';
import { getOrInsert, SignalError } from '../../core/index.js';
import { cascadesPersist, collectionOf, relatedBy } from './related.js';
import { mikroOrm } from '../peer.js';
import { metaOf, type Values } from '../properties.js';

/**
 * The new entities and changed collections that are attached to the entities of a flush since it began: MikroORM would
 * have found them before. Each entity is looked at once, however it is reached.
 */
export class Attached {
  /** The new entities that are not in the flush, each after those that it refers to. */
  readonly entities: object[] = [];
  /** The changed collections that the flush does not know of, by entity. */
  readonly collections = new Map<object, EntityProperty[]>();
  private readonly seen = new Set<object>();
  private readonly uow = this.em.getUnitOfWork(false);
  private readonly known: ReadonlySet<object> = new Set(this.uow.getCollectionUpdates());

  /**
   * @param isInFlush - whether the flush writes the entity already.
   * @param isLeftOut - whether the entity is not looked at when another one leads to it.
   */
  constructor(
    private readonly em: EntityManager,
    private readonly isInFlush: (entity: object) => boolean,
    private readonly isLeftOut: (entity: object) => boolean = () => false,
  ) {}

  /** Goes on from an entity, over as many others as there are. */
  lookFrom(start: object): void {
    if (this.seen.has(start) || metaOf(start, this.em).relations.length === 0) return;
    this.seen.add(start);
    const path = [{ entity: start, next: this.unseen(start) }];
    for (let last = path.at(-1); last; last = path.at(-1)) {
      const { entity, next } = last;
      const { value: target } = next.next();
      if (target) path.push({ entity: target, next: this.unseen(target) });
      else if (path.pop() && isNew(entity) && !this.isInFlush(entity)) this.entities.push(entity);
    }
  }

  private *unseen(entity: object): Generator<object, undefined> {
    const meta = metaOf(entity, this.em);
    for (const prop of meta.relations) {
      this.putRight(entity, prop);
      const collection = collectionOf(entity, prop);
      // An untouched collection holds nothing new.
      if (collection && !(collection.isDirty() && this.follows(entity, prop, collection))) continue;
      for (const target of relatedBy(entity, prop, meta)) {
        if (!isNew(target) || this.seen.has(target) || this.isLeftOut(target)) continue;
        this.seen.add(target);
        yield target;
      }
    }
  }

  /** Replaces a key or an array that was assigned to a relation by a reference or a collection, as MikroORM does. */
  private putRight(entity: object, prop: EntityProperty): void {
    this.uow['fixMissingReference'](entity, prop);
    const { [prop.name]: value } = entity as Values;
    const isToMany = prop.kind === '1:m' || prop.kind === 'm:n';
    const isGiven = value !== undefined && value !== null;
    if (isToMany && isGiven && cascadesPersist(prop) && !collectionOf(entity, prop)) throw notACollection(entity, prop);
  }

  /** Notes a changed collection. @returns whether its items come along. */
  private follows(entity: object, prop: EntityProperty, collection: Collection<object>): boolean {
    const isWritten = prop.kind === 'm:n' || collection.getSnapshot() === undefined;
    if (isWritten && !this.known.has(collection)) getOrInsert(this.collections, entity, () => []).push(prop);
    return prop.kind === 'm:n' || cascadesPersist(prop);
  }
}

/** Returns whether the entity is neither stored nor a reference to a stored one. */
export function isNew(entity: object): boolean {
  const { __managed, __originalEntityData } = mikroOrm.helper(entity);
  return !__managed && !__originalEntityData;
}

function notACollection(entity: object, { name }: EntityProperty): SignalError {
  return new SignalError('NOT_A_COLLECTION', {
    what: `A receiver has assigned something other than entities to the collection '${name}' of the entity ${entity.constructor.name}.`,
    at: 'a flush, before its SQL',
    fix: `change the collection: \`instance.${name}.set([...])\`, \`add()\` or \`remove()\`.`,
  });
}
