import fc from 'fast-check';
import type { ConnectOptions } from 'nestjs-signals';

const UIDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

/** That the first runs before the second; one of the two asked for it. */
export interface Wish {
  readonly earlier: string;
  readonly later: string;
  readonly asks: 'before' | 'after';
}

/** Wishes that can all be fulfilled: one that stands earlier in a hidden order may be wished to run earlier. */
export const wishLists: fc.Arbitrary<readonly Wish[]> = fc
  .record({
    hidden: fc.shuffledSubarray(UIDS, { minLength: UIDS.length }),
    pairs: fc.array(fc.tuple(fc.subarray([0, 1, 2, 3, 4, 5, 6], { minLength: 2, maxLength: 2 }), fc.boolean()), {
      maxLength: 8,
    }),
  })
  .map(({ hidden, pairs }) =>
    pairs.map(([[first, second], asksBefore]) => ({
      earlier: hidden[first!]!,
      later: hidden[second!]!,
      asks: asksBefore ? 'before' : 'after',
    })),
  );

/** Every receiver, in the order of connection, with what it asks for. */
export function optionsOf(wishes: readonly Wish[]): ConnectOptions[] {
  return UIDS.map(uid => ({
    uid,
    before: wishes.filter(({ earlier, asks }) => asks === 'before' && earlier === uid).map(({ later }) => later),
    after: wishes.filter(({ later, asks }) => asks === 'after' && later === uid).map(({ earlier }) => earlier),
  }));
}

export function brokenBy(order: readonly string[], wishes: readonly Wish[]): Wish[] {
  return wishes.filter(({ earlier, later }) => order.indexOf(earlier) > order.indexOf(later));
}

/** Returns the receivers that are in no wish. */
export function uninvolved(order: readonly string[], wishes: readonly Wish[]): string[] {
  return order.filter(uid => !wishes.some(({ earlier, later }) => uid === earlier || uid === later));
}
