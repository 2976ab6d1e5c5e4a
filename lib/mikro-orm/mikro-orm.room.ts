import type { Room } from '../nest/index.js';
import { M2mChanged } from './collections/m2m-changed.js';
import { PostInit, PostLoad } from './loading/loading-signals.js';
import { checkMikroOrmOptions, type MikroOrmOptions } from './mikro-orm-options.js';
import { NO_ORM } from './no-orm.js';
import { loadMikroOrm } from './peer.js';
import { PostMigrate, PreMigrate } from './migrations/migration-signals.js';
import { PostDelete, PostSave, PreDelete, PreSave } from './model-signals.js';
import { ConnectionCreated, EntityPrepared } from './starting/starting-signals.js';
import { PostBulkWrite, PreBulkWrite } from './writes/bulk-signals.js';
import { PostUpsert, PreUpsert } from './writes/upsert-signals.js';

/** Model signals, for applications that have MikroORM. */
export const mikroOrmRoom: Room = {
  signals: [
    ...[PostInit, PostLoad],
    ...[PreSave, PostSave, PreDelete, PostDelete, M2mChanged],
    ...[PreUpsert, PostUpsert, PreBulkWrite, PostBulkWrite],
    ...[PreMigrate, PostMigrate, ConnectionCreated, EntityPrepared],
  ],
  needs: NO_ORM,

  async link(application) {
    const { mikroOrm = {} } = application.options as { mikroOrm?: false | MikroOrmOptions };
    if (mikroOrm !== false) checkMikroOrmOptions(mikroOrm);
    if (mikroOrm === false || !(await loadMikroOrm())) return undefined;
    const { OrmLink } = await import('./orm-link.js');
    return new OrmLink(application, mikroOrm).link();
  },
};
