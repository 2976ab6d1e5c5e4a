import type { EntityManager } from '@mikro-orm/core';
import type { Room } from '../nest/index.js';
import { M2mChanged } from './collections/m2m-changed.js';
import { PostDelete, PostSave, PreDelete, PreSave } from './model-signals.js';

declare module '../core/message.js' {
  interface KnownTypes {
    entityManager: EntityManager;
  }
}

/** Which MikroORMs send model signals: those with these context names. Default: all of the application. */
export interface MikroOrmOptions {
  contexts?: string[];
}

/** Model signals, for applications that have MikroORM. */
export const mikroOrmRoom: Room = {
  signals: [PreSave, PostSave, PreDelete, PostDelete, M2mChanged],
  needs: 'it has no MikroORM, or `SignalsModule.forRoot({ mikroOrm: false })`',

  async link(application) {
    const { mikroOrm = {} } = application.options as { mikroOrm?: false | MikroOrmOptions };
    if (mikroOrm === false || !(await isInstalled())) return undefined;
    const { OrmLink } = await import('./orm-link.js');
    return new OrmLink(application, mikroOrm).link();
  },
};

/** MikroORM is an optional peer, so nothing that imports it may be loaded before we know that it is there. */
async function isInstalled(): Promise<boolean> {
  try {
    await import('@mikro-orm/core');
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_MODULE_NOT_FOUND') return false;
    throw error;
  }
}
