import { Signal, type SenderShape } from '../../core/index.js';
import type { ModelPayload } from '../model-signals.js';
import type { Through, ThroughEnds } from './through.js';

/** The change of a collection. `pre_` is before the SQL, `post_` after it and before COMMIT. */
export type M2mAction = 'pre_add' | 'post_add' | 'pre_remove' | 'post_remove' | 'pre_clear' | 'post_clear';

interface CollectionPayload<Instance extends object, Item extends object> extends ModelPayload<Instance> {
  readonly action: M2mAction;
  /** The property of `instance` whose collection changes. */
  readonly property: string;
  /** The class of the items that are added or removed. */
  readonly model: abstract new (...args: never[]) => Item;
  /** The items that are really added or removed; null for a clear, whose items are not known. */
  readonly objects: readonly Item[] | null;
  /**
   * The primary keys of `objects`, frozen; an array where a key is composite. New objects have theirs in `post_*`.
   * Null for a clear.
   */
  readonly pkSet: readonly unknown[] | null;
  /**
   * False if the collection was not loaded, or only with a condition, a filter or a limit: some of the `objects` that
   * are added may be stored already, and others that are stored are not among those removed.
   */
  readonly exact: boolean;
}

/** A change that is sent from the side that declares the relation. */
interface OwnerPayload<Ends extends ThroughEnds> extends CollectionPayload<Ends['owner'], Ends['item']> {
  readonly reverse: false;
}

/** A change that is sent from the other side, because only its collection was loaded. */
interface InversePayload<Ends extends ThroughEnds> extends CollectionPayload<Ends['item'], Ends['owner']> {
  readonly reverse: true;
}

/** The payload of `M2mChanged`. */
export type M2mPayload<Ends extends ThroughEnds = ThroughEnds> = OwnerPayload<Ends> | InversePayload<Ends>;

/** Shown by the compiler if an entity is given instead of a relation. */
interface NotARelation {
  readonly 'write PayloadOf<M2mChanged, Through<{ owner: Pizza; item: Topping }>>': never;
}

type PayloadOfRelation<SenderFilter> = unknown extends SenderFilter
  ? M2mPayload
  : SenderFilter extends Through<infer Ends>
    ? M2mPayload<Ends>
    : NotARelation;

interface M2mShape extends SenderShape<Through> {
  readonly payload: PayloadOfRelation<this['SenderFilter']>;
}

/**
 * Sent when a many-to-many collection changes: Django's `m2m_changed`. The sender is `through(Entity, 'property')`.
 *
 * One pair per collection, action and flush, with the items that are really added or removed; removing before adding. A
 * change is never sent from both sides: it is sent from the owner's side, unless only the other side's collection was
 * loaded: `reverse`.
 *
 * `pre_*` is sent after every `PreSave`, before any SQL, and items that a receiver adds join the flush. `post_*` is sent
 * inside the transaction, after every `PostSave`. An error rolls the flush back.
 */
export class M2mChanged extends Signal<M2mPayload, Through, M2mShape> {
  /** @internal */
  get comesInBatches(): boolean {
    return true;
  }
}
