import { checkOptions, type OptionKinds } from '../core/index.js';
import { forRootOptions } from '../nest/index.js';

/** The MikroORMs that send model signals: those with these context names. Default: all of the application. */
export interface MikroOrmOptions {
  contexts?: string[];
}

const OPTIONS: OptionKinds<MikroOrmOptions> = {
  contexts: {
    accepts: value => Array.isArray(value) && value.every(name => typeof name === 'string'),
    fix: `give a list of context names: ['default'].`,
  },
};

/** @throws {SignalError} `UNKNOWN_OPTION` */
export function checkMikroOrmOptions(options: unknown): void {
  checkOptions(forRootOptions('mikroOrm'), options, OPTIONS);
}
