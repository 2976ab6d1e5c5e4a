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
  const wait = until === delivery ? 'deferred' : `deferred until ${until}`;
  const first = until === undefined ? '' : `${wait}, then `;
  switch (state) {
    case 'running':
    case 'ok':
    case 'failed':
      return `${first}${state}`;
    case 'timed-out':
      return `${first}timed out`;
    case 'deferred':
      return until === undefined ? 'deferred' : wait;
    case 'stored':
      return `stored, a worker will call it${tries}`;
    case 'delivered':
    case 'dead':
      return `stored, then ${state}${tries}`;
    case 'rolled-back':
      return 'never called: the transaction was rolled back';
  }
}
