/** Names of pg-boss's queues. They hold letters, digits and `_.-/`; of these a uid may not hold the last. */
export interface QueueNames {
  readonly plain: string;
  /** Where messages have keys: pg-boss keeps its order in a queue of another kind. */
  readonly ordered: string;
  readonly dead: string;
  /** A queue that is there while the receiver is paused, and never holds anything. */
  readonly paused: string;
}

const SUFFIXES = { ordered: '//ordered', dead: '//dead', paused: '//paused' } as const;

export function queueNamesOf(uid: string): QueueNames {
  const plain = uid.replace(/[^\w.-]/gu, it =>
    [...Buffer.from(it)].map(byte => `/${byte.toString(16).padStart(2, '0')}`).join(''),
  );
  const { ordered, dead, paused } = SUFFIXES;
  return { plain, ordered: plain + ordered, dead: plain + dead, paused: plain + paused };
}

/** The uid that a queue belongs to, and what it is for. */
export function uidOf(queue: string): { readonly uid: string; readonly kind: keyof QueueNames } {
  const [plain = '', suffix] = queue.split('//');
  const bytes = plain.replace(/\/(..)/g, (_, hex: string) => `%${hex}`);
  return { uid: decodeURIComponent(bytes), kind: (suffix as keyof typeof SUFFIXES | undefined) ?? 'plain' };
}
