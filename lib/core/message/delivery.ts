/**
 * Until when a message is kept: just before COMMIT; after that, when what is stored joins the transaction; after
 * COMMIT; or after the transaction, or the savepoint that it was sent in, was rolled back.
 */
export type Moment = 'before-commit' | 'storing' | 'after-commit' | 'after-rollback';

/** Marks deliveries, whichever copy of the package made them: a function or a plain object is none. */
export const DELIVERY: unique symbol = Symbol.for('nestjs-signals:delivery');

/**
 * How one receiver runs. What happened is the sender's business; how a receiver runs is the receiver's.
 *
 * A delivery is a value without state, shared by all applications of a process. What it needs of one application its
 * room has put into `registry.backends`.
 */
export interface Delivery {
  readonly [DELIVERY]: true;
  /** The name of the delivery in lists, responses and messages. */
  readonly name: string;
  /** The moment of the transaction until which a message is kept. Absent: the receiver is called inside the send. */
  readonly moment?: Moment;
  /** Whether the sender does not wait for the receiver. */
  readonly detached?: boolean;
  /** The part of the application that it needs. Absent: none. */
  readonly needs?: DeliveryNeed;
}

/** The payload that receivers get with a delivery that stores another one than was sent; for the compiler only. */
export declare const GIVEN: unique symbol;

/** The payload of a receiver with this delivery: the signal's, or the one that the delivery has chosen to store. */
export type DeliveredBy<D extends Delivery, Payload> = D extends { readonly [GIVEN]: infer Given }
  ? unknown extends Given
    ? Payload
    : Given
  : Payload;

/** A part of an application that a delivery needs. */
export interface DeliveryNeed {
  /** Under which its room puts it into `registry.backends`. */
  readonly backend: symbol;
  /** How an application gets it: the `fix` of `DELIVERY_NOT_AVAILABLE`. */
  readonly fix: string;
}

/** Runs the receiver inside `send`, or inside the flush, one after another: the default. */
export const inline: Delivery = { [DELIVERY]: true, name: 'inline' };

export function isDelivery(value: unknown): value is Delivery {
  return (value as Partial<Delivery> | null | undefined)?.[DELIVERY] === true;
}
