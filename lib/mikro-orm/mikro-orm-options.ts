import { checkOptions, type OptionKinds } from '../core/index.js';
import { forRootOptions } from '../nest/index.js';

/** The options of model signals. */
export interface MikroOrmOptions {
  /** The context names of the MikroORMs that send model signals. Default: all of the application. */
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
