import type { SignalSource } from '../../core/index.js';
import type { OrmWatch } from '../orm-watch.js';
import { NO_ORM } from '../no-orm.js';
import { PostMigrate, PreMigrate } from './migration-signals.js';

/** Knows whether an application can migrate. */
export class MigratorSource implements SignalSource {
  readonly signals = [PreMigrate, PostMigrate];

  constructor(private readonly orms: Iterable<OrmWatch>) {}

  lacks(): string | undefined {
    if ([...this.orms].length === 0) return NO_ORM;
    const hasMigrator = [...this.orms].some(({ orm }) => orm.config.getExtension('@mikro-orm/migrator'));
    return hasMigrator ? undefined : '@mikro-orm/migrations is not installed';
  }
}
