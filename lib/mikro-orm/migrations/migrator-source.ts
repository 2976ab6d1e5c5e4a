import type { SignalSource } from '../../core/index.js';
import type { OrmWatch } from '../orm-watch.js';
import { modelSignals, NO_ORM } from '../signals.js';

/** The migrators of an application as senders. */
export class MigratorSource implements SignalSource {
  readonly signals = modelSignals({ about: 'migrators' });

  constructor(private readonly orms: Iterable<OrmWatch>) {}

  lacks(): string | undefined {
    if ([...this.orms].length === 0) return NO_ORM;
    const hasMigrator = [...this.orms].some(({ orm }) => orm.config.getExtension('@mikro-orm/migrator'));
    return hasMigrator ? undefined : '@mikro-orm/migrations is not installed';
  }
}
