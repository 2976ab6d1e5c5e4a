import { Signal, type SignalShape } from '../../core/index.js';
import type { ModelPayload } from '../model-signals.js';
import type { Through, ThroughEnds } from './through.js';

/** What happens to a collection. `pre_` is before the SQL, `post_` after it and before COMMIT. */
export type M2mAction = 'pre_add' | 'post_add' | 'pre_remove' | 'post_remove' | 'pre_clear' | 'post_clear';

interface CollectionPayload<Instance extends object, Item extends object> extends ModelPayload<Instance> {
  readonly action: M2mAction;
  /** The property of `instance` whose collection changes. */
  readonly property: string;
  /** The class of what is added or removed. */
  readonly model: abstract new (...args: never[]) => Item;
  /** What is really added or removed; null for a clear, where it is not known. */
  readonly objects: readonly Item[] | null;
  /**
   * The primary keys of `objects`, frozen; an array where a key is composite. New objects have theirs in `post_*`.
   * Null for a clear.
   */
  readonly pkSet: readonly unknown[] | null;
  /**
   * False where the collection was not loaded, or only with a condition, a filter or a limit: some of the `objects` that
   * are added may be stored already, and others that are stored are not among those removed.
   */
  readonly exact: boolean;
}

/** A change told by the side that declares the relation. */
interface OwnerPayload<Ends extends ThroughEnds> extends CollectionPayload<Ends['owner'], Ends['item']> {
  readonly reverse: false;
}

/** A change told by the other side, because only its collection was loaded. */
interface InversePayload<Ends extends ThroughEnds> extends CollectionPayload<Ends['item'], Ends['owner']> {
  readonly reverse: true;
}

/** What `M2mChanged` tells. */
export type M2mPayload<Ends extends ThroughEnds = ThroughEnds> = OwnerPayload<Ends> | InversePayload<Ends>;

/** Shown by the compiler where an entity stands in the place of a relation. */
interface NotARelation {
  readonly 'write PayloadOf<M2mChanged, Through<{ owner: Pizza; item: Topping }>>': never;
}

type PayloadOfRelation<Wanted> = unknown extends Wanted
  ? M2mPayload
  : Wanted extends Through<infer Ends>
    ? M2mPayload<Ends>
    : NotARelation;

interface M2mShape extends SignalShape {
  readonly payload: PayloadOfRelation<this['Wanted']>;
  readonly filter: Through;
  readonly field: never;
}

/**
 * A many-to-many collection changes: Django's `m2m_changed`. The sender is `through(Entity, 'property')`.
 *
 * One pair per collection, action and flush, with what is really added or removed; removing before adding. Owner
 * and inverse side never both tell of one change. A change is told from the owner's side, unless only the other
 * side's collection was loaded: `reverse`.
 *
 * `pre_*` is sent after every `PreSave`, before any SQL, and what a receiver adds joins the flush. `post_*` is sent
 * inside the transaction, after every `PostSave`. An error rolls the flush back.
 */
export class M2mChanged extends Signal<M2mPayload, Through, M2mShape> {
  /** @internal */
  override get comesInBatches(): boolean {
    return true;
  }
}
