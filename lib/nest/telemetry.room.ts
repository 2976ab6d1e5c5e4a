import { badOption } from '../core/index.js';
import { forRootOptions } from './options.js';
import type { Application, Room, RoomLink } from './room.js';

/** An exporter of what an application does with its signals: `openTelemetry()`. */
export interface Telemetry {
  /** @internal */
  link(application: Application): Promise<RoomLink>;
}

/** Spans and metrics, for applications that name an exporter. */
export const telemetryRoom: Room = {
  name: 'telemetry',
  signals: [],
  needs: 'it has no `SignalsModule.forRoot({ telemetry })`',

  async link(application) {
    const { telemetry } = application.options as { telemetry?: Telemetry };
    if (telemetry === undefined) return undefined;
    if (typeof telemetry?.link !== 'function') {
      const fix = `give openTelemetry(), from 'nestjs-signals/opentelemetry'.`;
      throw badOption(forRootOptions(), 'telemetry', 'it is no exporter of telemetry', fix);
    }
    return telemetry.link(application);
  },
};
