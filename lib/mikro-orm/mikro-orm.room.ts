import { checkOptions } from '../core/index.js';
import { forRootOptions, type Room } from '../nest/index.js';
import { MIKRO_ORM_OPTIONS, type MikroOrmOptions } from './mikro-orm-options.js';
import { loadMikroOrm } from './peer.js';
import { modelSignals, NO_ORM } from './signals.js';

/** Model signals, for applications that have MikroORM. */
export const mikroOrmRoom: Room = {
  name: 'mikro-orm',
  signals: modelSignals(),
  needs: NO_ORM,

  async link(application) {
    const { mikroOrm = {} } = application.options as { mikroOrm?: false | MikroOrmOptions };
    if (mikroOrm !== false) checkOptions(forRootOptions('mikroOrm'), mikroOrm, MIKRO_ORM_OPTIONS);
    if (mikroOrm === false || !(await loadMikroOrm())) return undefined;
    const { OrmLink } = await import('./orm-link.js');
    return new OrmLink(application, mikroOrm).link();
  },
};
