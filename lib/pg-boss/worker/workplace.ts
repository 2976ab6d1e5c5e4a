import { Logger } from '@nestjs/common';
import type { KnownEntityManager } from '../../core/index.js';
import { type CallPlace, classNamedIn } from '../../durable/index.js';
import type { Application } from '../../nest/index.js';
import { JobTable } from '../job-table.js';
import type { Settings } from '../options.js';
import type { DurableReceivers } from '../receivers.js';
import { makeBoss } from '../starting/boss.js';
import type { DatabaseConnection } from '../starting/connection.js';
import { Completions } from './completions.js';
import { Heartbeat } from './heartbeat.js';
import { Slots } from './slots.js';

/** The services that all workers of a process share. */
export class Workplace implements CallPlace {
  readonly log = new Logger('Signals');
  readonly registry = this.application.registry;
  readonly classNamed = classNamedIn(this.application);
  readonly open = this.settings.sealing.open;
  /** A database inside the process serves one at a time. */
  readonly isEmbedded = this.database.isEmbedded;
  readonly boss = makeBoss(this.settings, this.database);
  readonly table = new JobTable(this.boss, this.settings.schema);
  readonly completions = new Completions(this.boss, this.table.db);
  readonly heartbeat = new Heartbeat(this.table);
  /** The calls that may run at once: each may hold a connection of MikroORM. */
  readonly slots = new Slots(Math.max(1, this.database.connections - 2));

  constructor(
    private readonly application: Application,
    readonly settings: Settings,
    readonly receivers: DurableReceivers,
    /** The EntityManager of the MikroORM whose database keeps the jobs. */
    readonly root: KnownEntityManager,
    private readonly database: DatabaseConnection,
  ) {}
}
