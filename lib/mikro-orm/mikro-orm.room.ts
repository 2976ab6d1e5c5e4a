import { checkOptions, type OptionKinds } from '../core/index.js';
import { forRootOptions, type Room } from '../nest/index.js';
import { loadMikroOrm } from './peer.js';
import { modelSignals, NO_ORM } from './signals.js';

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

/** Model signals, for applications that have MikroORM. */
export const mikroOrmRoom: Room = {
  name: 'mikro-orm',
  signals: modelSignals(),
  needs: NO_ORM,

  async link(application) {
    const { mikroOrm = {} } = application.options as { mikroOrm?: false | MikroOrmOptions };
    if (mikroOrm !== false) checkOptions(forRootOptions('mikroOrm'), mikroOrm, OPTIONS);
    if (mikroOrm === false || !(await loadMikroOrm())) return undefined;
    const { OrmLink } = await import('./orm-link.js');
    return new OrmLink(application, mikroOrm.contexts).link();
  },
};
