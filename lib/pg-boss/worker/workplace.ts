import type { Logger } from '@nestjs/common';
import type { PgBoss } from 'pg-boss';
import type { KnownEntityManager, SignalRegistry } from '../../core/index.js';
import type { ClassNamed } from '../../durable/index.js';
import type { JobTable } from '../job-table.js';
import type { Sealing } from '../sealing.js';
import type { Heartbeat } from './heartbeat.js';
import type { Settling } from './settling.js';
import type { Slots } from './slots.js';

/** The services that all workers of a process share. */
export interface Workplace {
  readonly registry: SignalRegistry;
  readonly boss: PgBoss;
  /** Of the MikroORM whose database keeps the jobs. */
  readonly root: KnownEntityManager;
  readonly table: JobTable;
  readonly settling: Settling;
  readonly heartbeat: Heartbeat;
  readonly log: Logger;
  /** As many as MikroORM can serve: each call may hold a connection. */
  readonly slots: Slots;
  readonly classNamed: ClassNamed;
  readonly sealing: Sealing;
  /** The name of this one, if it has any. */
  readonly application: string | undefined;
  /** A database inside the process serves one at a time. */
  readonly isEmbedded: boolean;
}
