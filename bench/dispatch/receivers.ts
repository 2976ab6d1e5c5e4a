/** The effect of receivers: it is visible, so no compiler can leave it out. */
export const seen = { sum: 0 };

export interface Payload {
  readonly n: number;
}

export type Receive = (payload: Payload) => unknown;

type Kind = 'nothing' | 'message' | 'value' | 'async';

const BODIES: Record<Kind, (at: number) => string> = {
  nothing: at => `(payload) => { seen.sum += payload.n + ${at}; }`,
  message: at => `(payload, message) => { seen.sum += payload.n + ${at} + (message ? 1 : 0); }`,
  value: at => `(payload) => payload.n + ${at}`,
  async: at => `async (payload) => { seen.sum += payload.n + ${at}; }`,
};

/** Separate functions, as in an application: one function object called three times is not three receivers. */
export function receivers(kind: Kind, count: number): Receive[] {
  return Array.from({ length: count }, (_, at) => new Function('seen', `return ${BODIES[kind](at)}`)(seen) as Receive);
}

const payloads: readonly Payload[] = Array.from({ length: 16 }, (_, n) => ({ n }));
let turn = 0;

export function nextPayload(): Payload {
  return payloads[turn++ & 15]!;
}
