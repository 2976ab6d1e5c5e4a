import type { IMigrator, MigrateOptions, MigrationInfo, MikroORM } from '@mikro-orm/core';
import type { Scope } from '../../core/index.js';
import type { ModelChannel } from '../model-channel.js';
import { shadow } from '../receiver/shadow.js';

type Options = string | string[] | MigrateOptions;

/**
 * The methods that are used of the migrator. `up` and `down` are public; the others, with which it finds the migrations
 * to run, are not (7.2.1).
 */
interface Migrator extends Pick<IMigrator, 'up' | 'down' | 'getExecuted'> {
  init(): Promise<void>;
  prefix(options?: Options): MigrateOptions & { schema?: string };
  discoverMigrations(): Promise<MigrationInfo[]>;
  filterUp(all: MigrationInfo[], executed: Set<string>, options: MigrateOptions): MigrationInfo[];
  filterDown(all: MigrationInfo[], executed: string[], options: MigrateOptions): MigrationInfo[];
}

/** Sends the signals about the migrations that one MikroORM runs, if `@mikro-orm/migrations` is installed. */
export function watchMigrator(
  orm: MikroORM,
  preMigrate: ModelChannel,
  postMigrate: ModelChannel,
  scopeIn: (schema: string | undefined) => Scope,
): void {
  const migrator = orm.config.getExtension<Migrator>('@mikro-orm/migrator');
  if (!migrator) return;
  for (const direction of ['up', 'down'] as const) {
    const own = migrator[direction].bind(migrator);
    shadow(migrator, direction, async (options?: Options) => {
      if (!preMigrate.hasAudience(migrator) && !postMigrate.hasAudience(migrator)) return own(options);
      const plan = Object.freeze(await planOf(migrator, direction, options));
      const { schema } = migrator.prefix(options);
      const payload = { plan, up: direction === 'up', using: orm.em.name };
      await preMigrate.send(migrator, payload, scopeIn(schema));
      const result = await own(options);
      await postMigrate.send(migrator, payload, scopeIn(schema));
      return result;
    });
  }
}

async function planOf(migrator: Migrator, direction: 'up' | 'down', options?: Options): Promise<string[]> {
  await migrator.init();
  const prefixed = migrator.prefix(options);
  const all = await migrator.discoverMigrations();
  const executed = (await migrator.getExecuted({ schema: prefixed.schema })).map(({ name }) => name);
  const plan =
    direction === 'up'
      ? migrator.filterUp(all, new Set(executed), prefixed)
      : migrator.filterDown(all, executed, prefixed);
  return plan.map(({ name }) => name);
}
