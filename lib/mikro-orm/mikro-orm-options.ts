import type { OptionKinds } from '../core/index.js';

/** The options of model signals. */
export interface MikroOrmOptions {
  /** The context names of the MikroORMs that send model signals. Default: all of the application. */
  contexts?: string[];
}

export const MIKRO_ORM_OPTIONS: OptionKinds<MikroOrmOptions> = {
  contexts: {
    accepts: value => Array.isArray(value) && value.every(name => typeof name === 'string'),
    fix: `give a list of context names: ['default'].`,
  },
};
