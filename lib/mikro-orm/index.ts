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
