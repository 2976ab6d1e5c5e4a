import { SignalError } from '../core/index.js';

/** Refuses a name that no room of the module knows. */
export function checkOptionNames(options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find(name => !known.includes(name));
  if (unknown === undefined) return;
  throw new SignalError('UNKNOWN_OPTION', {
    what: `SignalsModule has no option '${unknown}'.`,
    at: `SignalsModule.forRoot({ ${unknown} })`,
    fix: `use one of ${known.join(', ')}.`,
  });
}
