import type { EntityManager } from '@mikro-orm/core';
import type { CollectionChange } from './collection-changes.js';
import type { M2mAction } from './m2m-changed.js';
import { helper } from '../peer.js';

/** What is told of one change of one collection: at one moment, because new entities have their keys only later. */
export class ChangedCollection {
  readonly instance: object;
  readonly property: string;
  readonly reverse: boolean;
  readonly model: unknown;
  readonly exact: boolean;
  readonly using: string;
  readonly schema: string | undefined;
  readonly objects: readonly object[] | null;
  readonly pkSet: readonly unknown[] | null;

  constructor(
    { entity, prop, exact, reverse }: CollectionChange,
    readonly action: M2mAction,
    objects: readonly object[] | null,
    em: EntityManager,
  ) {
    this.instance = entity;
    this.property = prop.name;
    this.reverse = reverse;
    this.model = prop.targetMeta!.class;
    this.exact = exact;
    this.using = em.name;
    this.schema = helper(entity).__schema;
    this.objects = objects && Object.freeze([...objects]);
    this.pkSet = objects && Object.freeze(objects.filter(item => helper(item).hasPrimaryKey()).map(keyOf));
  }
}

function keyOf(entity: object): unknown {
  const keys = helper(entity).getPrimaryKeys();
  return keys?.length === 1 ? keys[0] : Object.freeze(keys);
}
