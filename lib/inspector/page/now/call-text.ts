import type { CallRecord } from '../../page-types.ts';

/** How much a call asks for attention. */
export function toneOf({ state }: CallRecord): 'good' | 'bad' | 'warn' | 'wait' {
  if (state === 'ok' || state === 'delivered') return 'good';
  if (state === 'failed' || state === 'timed-out' || state === 'dead') return 'bad';
  return state === 'rolled-back' ? 'warn' : 'wait';
}

/** Says in words what has become of a call: `deferred, then ok`, `stored, then delivered, 2 attempts`. */
export function becameOf({ state, until, delivery, attempts }: CallRecord): string {
  const tries = attempts !== undefined && attempts > 1 ? `, ${attempts} attempts` : '';
  // The delivery stands beside it.
  const wait = until === undefined || until === delivery ? 'deferred' : `deferred until ${until}`;
  if (state === 'deferred') return wait;
  if (state === 'stored') return `stored, a worker will call it${tries}`;
  if (state === 'delivered' || state === 'dead') return `stored, then ${state}${tries}`;
  if (state === 'rolled-back') return 'never called: the transaction was rolled back';
  return `${until === undefined ? '' : `${wait}, then `}${state === 'timed-out' ? 'timed out' : state}`;
}
