export { type M2mAction, M2mChanged, type M2mPayload } from './collections/m2m-changed.js';
export { through, type Through, type ThroughEnds } from './collections/through.js';
export { type MikroOrmOptions, mikroOrmRoom } from './mikro-orm.room.js';
export {
  type Change,
  type Changes,
  type DeletePayload,
  PostDelete,
  PostSave,
  PreDelete,
  PreSave,
  type SavePayload,
} from './model-signals.js';
