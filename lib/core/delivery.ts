/**
 * How one receiver runs. What happened is the sender's business; how a receiver runs is the receiver's.
 */
export interface Delivery {
  /** How lists, responses and messages show it. */
  readonly name: string;
}

/** Inside `send`, or inside the flush, one receiver after another: the default. */
export const inline: Delivery = { name: 'inline' };
