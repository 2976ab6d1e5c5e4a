import { SqliteDriver } from '@mikro-orm/sqlite';

/** The configuration of a MikroORM with a database in memory, for `startOrmApp({ config })`. */
export const SQLITE = { driver: SqliteDriver, clientUrl: undefined, dbName: ':memory:' };
