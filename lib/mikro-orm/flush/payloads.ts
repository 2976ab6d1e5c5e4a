import type { EntityManager } from '@mikro-orm/core';
import { COPY } from '../../core/index.js';
import { type AnyChangeSet, isCreation } from './change-sets.js';
import type { RowChange } from './row-change.js';
import type { Changes, DeletePayload, SavePayload } from '../model-signals.js';
import { rowOf, type Snapshot } from './stored-values.js';
import { mikroOrm } from '../peer.js';

/**
 * The payload of `PreSave` and `PostSave` for one change set. Its costly parts are computed when they are read. Thousands may
 * be kept until a transaction ends.
 */
export class ChangeSetPayload implements SavePayload {
  readonly instance: object;
  readonly created: boolean;
  readonly using: string;
  declare readonly schema?: string;
  readonly #changeSet: AnyChangeSet;
  readonly #row: RowChange | (() => RowChange);
  #changes: Changes | undefined;

  /** @param row - a function as long as the row can change: the flush may go on changing its change set. */
  constructor(changeSet: AnyChangeSet, using: string, row: RowChange | (() => RowChange)) {
    this.instance = changeSet.entity;
    this.created = isCreation(changeSet);
    this.using = using;
    if (changeSet.schema !== undefined) this.schema = changeSet.schema;
    this.#changeSet = changeSet;
    this.#row = row;
  }

  get updateFields(): readonly string[] | null {
    return this.created ? null : this.#now.properties.map(prop => prop.name);
  }

  get changes(): Changes {
    return (this.#changes ??= this.#now.changes);
  }

  get #now(): RowChange {
    return typeof this.#row === 'function' ? this.#row() : this.#row;
  }

  /** A copy of a row that is settled is computed when it is read; a copy of that one is plain. */
  [COPY](): SavePayload {
    const row = this.#now;
    if (row !== this.#row && row.isSettled) return new ChangeSetPayload(this.#changeSet, this.using, row.hold());
    const { instance, created, using, schema, updateFields, changes } = this;
    return { instance, created, using, ...(schema !== undefined && { schema }), updateFields, changes };
  }
}

/** The payload of `PreDelete` and `PostDelete`. The snapshot is taken before MikroORM forgets it. */
export class RemovalPayload implements DeletePayload {
  readonly using: string;
  readonly schema: string | undefined;
  readonly #read: () => DeletePayload['original'];
  #original: DeletePayload['original'] | undefined;

  constructor(
    readonly instance: object,
    em: EntityManager,
  ) {
    const { __meta, __schema, __originalEntityData } = mikroOrm.helper(instance);
    this.using = em.name;
    this.schema = __schema;
    const [meta, platform] = [em.getMetadata().get(__meta.class), em.getPlatform()];
    // A new entity with the same key would change it.
    const row = { ...(__originalEntityData as Snapshot | undefined) };
    this.#read = () => rowOf(meta, row, platform);
  }

  get original(): DeletePayload['original'] {
    return (this.#original ??= this.#read());
  }

  [COPY](): DeletePayload {
    const { instance, using, schema, original } = this;
    return { instance, using, ...(schema !== undefined && { schema }), original };
  }
}
