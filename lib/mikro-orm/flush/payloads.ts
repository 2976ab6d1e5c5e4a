import type { EntityManager, EntityMetadata, Platform } from '@mikro-orm/core';
import { COPY } from '../../core/index.js';
import { type AnyChangeSet, isCreation } from './change-sets.js';
import { RowChange } from './row-change.js';
import type { Changes, DeletePayload, SavePayload } from '../model-signals.js';
import type { KnownRow } from './known-rows.js';
import { rowOf, type Snapshot } from './stored-values.js';
import { helper } from '../peer.js';

/** The payload of `PreSave` and `PostSave` for one change set. Its costly parts are computed when they are read. */
export class ChangeSetPayload implements SavePayload {
  readonly instance: object;
  readonly created: boolean;
  readonly using: string;
  readonly #changeSet: AnyChangeSet;
  readonly #em: EntityManager;
  readonly #postponed: Snapshot;
  readonly #known: KnownRow | undefined;
  #changes: Changes | undefined;

  /**
   * @param postponed - values that the flush writes later, and that are not in the change set.
   * @param known - values of the row that are not in its snapshot.
   */
  constructor(changeSet: AnyChangeSet, em: EntityManager, postponed: Snapshot, known: KnownRow | undefined) {
    this.instance = changeSet.entity;
    this.created = isCreation(changeSet);
    this.using = em.name;
    this.#changeSet = changeSet;
    this.#em = em;
    this.#postponed = postponed;
    this.#known = known;
  }

  get schema(): string | undefined {
    return this.#changeSet.schema;
  }

  get updateFields(): readonly string[] | null {
    return this.created ? null : this.#row.properties.map(prop => prop.name);
  }

  get changes(): Changes {
    return (this.#changes ??= this.#row.valuesFor(this.#em.getPlatform()));
  }

  get #row(): RowChange {
    return new RowChange(this.#changeSet, this.#postponed, this.#known);
  }

  /** The flush may go on changing its change set. A copy of a settled one is computed when it is read. */
  [COPY](): SavePayload {
    const row = this.#row;
    return row.isSettled ? new SettledPayload(this, row.hold(), this.#em.getPlatform()) : plain(this);
  }
}

/** The payload of a save once the row cannot change any more. Thousands may be kept until a transaction ends. */
class SettledPayload implements SavePayload {
  readonly instance: object;
  readonly created: boolean;
  readonly using: string;
  declare readonly schema?: string;
  readonly #row: RowChange;
  readonly #platform: Platform;
  #changes: Changes | undefined;

  constructor({ instance, created, using, schema }: SavePayload, row: RowChange, platform: Platform) {
    this.instance = instance;
    this.created = created;
    this.using = using;
    if (schema !== undefined) this.schema = schema;
    this.#row = row;
    this.#platform = platform;
  }

  get updateFields(): readonly string[] | null {
    return this.created ? null : this.#row.properties.map(prop => prop.name);
  }

  get changes(): Changes {
    return (this.#changes ??= this.#row.valuesFor(this.#platform));
  }

  [COPY](): SavePayload {
    return plain(this);
  }
}

function plain({ instance, created, using, schema, updateFields, changes }: SavePayload): SavePayload {
  return { instance, created, using, ...(schema !== undefined && { schema }), updateFields, changes };
}

/** The payload of `PreDelete` and `PostDelete`. The snapshot is taken before MikroORM forgets it. */
export class RemovalPayload implements DeletePayload {
  readonly using: string;
  readonly schema: string | undefined;
  readonly #meta: EntityMetadata;
  readonly #row: Snapshot;
  readonly #em: EntityManager;
  #original: DeletePayload['original'] | undefined;

  constructor(
    readonly instance: object,
    em: EntityManager,
  ) {
    const { __meta, __schema, __originalEntityData } = helper(instance);
    this.using = em.name;
    this.schema = __schema;
    this.#meta = em.getMetadata().get(__meta.class);
    // A new entity with the same key would change it.
    this.#row = { ...(__originalEntityData as Snapshot | undefined) };
    this.#em = em;
  }

  get sender(): object {
    return this.#meta.class;
  }

  get original(): DeletePayload['original'] {
    return (this.#original ??= rowOf(this.#meta, this.#row, this.#em.getPlatform()));
  }

  [COPY](): DeletePayload {
    const { instance, using, schema, original } = this;
    return { instance, using, ...(schema !== undefined && { schema }), original };
  }
}
