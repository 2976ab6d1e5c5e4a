import { type Application, linkOf, type Room, type RoomLink } from './room.js';

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
  link: linkOf(
    'telemetry',
    'it is no exporter of telemetry',
    `give openTelemetry(), from 'nestjs-signals/opentelemetry'.`,
  ),
};
