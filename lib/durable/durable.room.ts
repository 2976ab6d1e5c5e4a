import { TASK_SIGNALS } from './task-signals.js';
import { DurableSignals } from './durable-signals.js';
import { type Application, linkOf, type Room, type RoomLink } from '../nest/index.js';

/** An engine that keeps the jobs of an application: `pgBoss()`. */
export interface DurableBackend {
  /** @internal Whether it sends changes of rows. */
  readonly rows?: boolean;
  /** @internal */
  link(application: Application): Promise<RoomLink>;
}

/** Durable deliveries, for applications that name an engine. */
export const durableRoom: Room = {
  name: 'durable',
  signals: TASK_SIGNALS,
  providers: [DurableSignals],
  needs: 'it has no `SignalsModule.forRoot({ durable })`',
  link: linkOf(
    'durable',
    'it is not a backend for durable deliveries',
    `give pgBoss(), from 'nestjs-signals/pg-boss'.`,
  ),
};
