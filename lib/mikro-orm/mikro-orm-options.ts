import { nameOf, SignalError } from '../core/index.js';
import { checkOptionNames } from '../nest/index.js';

/** The MikroORMs that send model signals: those with these context names. Default: all of the application. */
export interface MikroOrmOptions {
  contexts?: string[];
}

/** @throws {SignalError} `UNKNOWN_OPTION` */
export function checkMikroOrmOptions(options: MikroOrmOptions): void {
  checkOptionNames(options, ['contexts'], 'mikroOrm.');
  const { contexts } = options;
  if (contexts === undefined || (Array.isArray(contexts) && contexts.every(name => typeof name === 'string'))) return;
  throw new SignalError('UNKNOWN_OPTION', {
    what: `The option 'mikroOrm.contexts' of SignalsModule cannot be ${nameOf(contexts)}.`,
    at: 'SignalsModule.forRoot({ mikroOrm: { contexts } })',
    fix: `give a list of context names: ['default'].`,
  });
}
