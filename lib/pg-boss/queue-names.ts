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

/** The receiver and the purpose of a queue. */
export interface QueueUse {
  readonly name: string;
  /** The uid of the receiver. */
  readonly uid: string;
  readonly kind: keyof QueueNames;
}

/** Undefined for a queue that no receiver could have: others may keep jobs in the same schema. */
export function useOf(name: string): QueueUse | undefined {
  const [plain = '', suffix = 'plain'] = name.split('//');
  const bytes = [...plain.matchAll(/\/[\da-f]{2}|[^/]/g)].map(([part]) =>
    part.startsWith('/') ? Buffer.from(part.slice(1), 'hex') : Buffer.from(part),
  );
  const uid = Buffer.concat(bytes).toString();
  const kind = suffix as keyof QueueNames;
  return queueNamesOf(uid)[kind] === name ? { name, uid, kind } : undefined;
}
