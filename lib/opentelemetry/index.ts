export { openTelemetry } from './open-telemetry.js';
export type { OpenTelemetryOptions, TelemetryMessage } from './options.js';
