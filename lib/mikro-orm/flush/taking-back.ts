import type { EntityManager, UnitOfWork } from '@mikro-orm/core';
import { cascades, relatedBy } from './related.js';
import { shadow } from '../receiver/shadow.js';
import { Cascade, Reference, Utils } from '../peer.js';
import { metaOf, propertyOf } from '../properties.js';
import { getOrInsert } from '../../core/index.js';

type Related = Record<string, unknown>;

/**
 * Lets `persist()` take a delete back, before MikroORM has looked for the entities that go with it: those that went along
 * with the entity stay, too, those that were removed on their own do not.
 */
export class TakingBack {
  private readonly places: ReadonlyMap<object, number>;
  private readonly kept = new Map<object, Set<object>>();
  private root: object | undefined;
  readonly close: () => void;

  constructor(
    private readonly em: EntityManager,
    private readonly uow: UnitOfWork,
  ) {
    this.places = new Map([...uow.getRemoveStack()].map((entity, at) => [entity, at]));
    const own = uow.persist.bind(uow);
    this.close = shadow(uow, 'persist', (entity, visited, options) => {
      const wasRemoved = uow.getRemoveStack().has(entity);
      if (!visited) this.root = entity;
      else if (wasRemoved && !this.wentAlong(entity)) return;
      own(entity, visited, options);
      if (wasRemoved) relink(entity, em);
    });
  }

  /** MikroORM keeps no reason: an entity that was removed before the root, or is not attached to it, was removed on its own. */
  private wentAlong(entity: object): boolean {
    const { root } = this;
    if (!root || this.placeOf(entity) < this.placeOf(root)) return false;
    return getOrInsert(this.kept, root, () => goingAlong(root, this.em)).has(entity);
  }

  private placeOf(entity: object): number {
    return this.places.get(entity) ?? Infinity;
  }
}

/** Returns the entities that are removed with an entity, as far as they are loaded. */
function goingAlong(root: object, em: EntityManager): Set<object> {
  const found = new Set([root]);
  // A set yields what is added to it meanwhile, so a chain may be as long as it likes.
  for (const entity of found) {
    const meta = metaOf(entity, em);
    for (const prop of meta.relations) {
      if (!prop.orphanRemoval && !cascades(prop, Cascade.REMOVE)) continue;
      for (const target of relatedBy(entity, prop, meta)) found.add(target);
    }
  }
  return found;
}

/**
 * Puts an entity back where `em.remove()` took it out in memory: as the owner of the entities that refer to it, and into
 * the collections of those that it refers to (MikroORM 7.2.1).
 *
 * @returns the entities that refer to it again.
 */
export function relink(entity: object, em: EntityManager): object[] {
  const meta = metaOf(entity, em);
  return meta.bidirectionalRelations.flatMap(prop => {
    const inverse = prop.mappedBy || prop.inversedBy;
    if (prop.kind === '1:m') return relatedBy(entity, prop, meta).filter(item => referAgain(item, inverse, entity, em));
    if (prop.kind === 'm:1')
      relatedBy(entity, prop, meta).forEach(target => joinAgain((target as Related)[inverse], entity));
    return [];
  });
}

function referAgain(item: object, name: string, entity: object, em: EntityManager): boolean {
  if (Object.hasOwn(item, name)) return false;
  const prop = propertyOf(metaOf(item, em), name);
  if (prop) (item as Related)[name] = Reference.wrapReference(entity, prop);
  return prop !== undefined;
}

function joinAgain(collection: unknown, entity: object): void {
  if (!Utils.isCollection<object>(collection) || !collection.isInitialized()) return;
  if (!collection.contains(entity)) collection.addWithoutPropagation(entity);
}
