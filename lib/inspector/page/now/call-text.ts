import type { CallRecord } from '../../page-types.ts';

/** How much a call asks for attention. */
export function toneOf({ state }: CallRecord): 'good' | 'bad' | 'warn' | 'wait' {
  if (state === 'ok' || state === 'delivered') return 'good';
  if (state === 'failed' || state === 'timed-out' || state === 'dead') return 'bad';
  return state === 'rolled-back' ? 'warn' : 'wait';
}

/** Says in words what has become of a call: `waits for after-commit`, `delivered, 2nd attempt`. */
export function becameOf({ state, until, attempts }: CallRecord): string {
  const tries = attempts !== undefined && attempts > 1 ? `, ${attempts} attempts` : '';
  switch (state) {
    case 'running':
      return 'running';
    case 'ok':
      return until === undefined ? 'ok' : `ok, deferred until ${until}`;
    case 'failed':
      return `failed${tries}`;
    case 'timed-out':
      return `timed out${tries}`;
    case 'deferred':
      return until === undefined ? 'deferred' : `deferred until ${until}`;
    case 'stored':
      return `stored, a worker will call it${tries}`;
    case 'delivered':
      return `stored, then delivered${tries}`;
    case 'dead':
      return `dead${tries}`;
    case 'rolled-back':
      return 'never called: the transaction was rolled back';
  }
}
