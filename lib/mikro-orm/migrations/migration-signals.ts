import { Signal } from '../../core/index.js';

/** The payload of `PreMigrate` and `PostMigrate`. */
export interface MigratePayload {
  /** The names of the migrations, in the order in which they run; empty when there is nothing to do. */
  readonly plan: readonly string[];
  /** False if migrations are reverted. */
  readonly up: boolean;
  /** The context name of the MikroORM instance. */
  readonly using: string;
}

/**
 * Sent before `orm.migrator.up()` or `down()` runs migrations: Django's `pre_migrate`. The sender is the migrator, of
 * `@mikro-orm/migrations`. Sent outside the transaction of the migrations; an error stops them before the first.
 *
 * MikroORM's command line runs without the application, and so without its receivers.
 */
export class PreMigrate extends Signal<MigratePayload, object> {}

/** Sent after all migrations have run: Django's `post_migrate`. An error reaches the caller; the migrations stay. */
export class PostMigrate extends Signal<MigratePayload, object> {}
