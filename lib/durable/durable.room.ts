import { badOption } from '../core/index.js';
import { TASK_SIGNALS } from './task-signals.js';
import { DurableSignals } from './durable-signals.js';
import { type Application, forRootOptions, type Room, type RoomLink } from '../nest/index.js';

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

  async link(application) {
    const { durable } = application.options as { durable?: DurableBackend };
    if (durable === undefined) return undefined;
    if (typeof durable?.link !== 'function') {
      const fix = `give pgBoss(), from 'nestjs-signals/pg-boss'.`;
      throw badOption(forRootOptions(), 'durable', 'it is not a backend for durable deliveries', fix);
    }
    return durable.link(application);
  },
};
