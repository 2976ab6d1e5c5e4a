import { type LoadedPeer, withPeer } from '../core/index.js';
import type { Telemetry } from '../nest/index.js';
import { checkOpenTelemetryOptions, type OpenTelemetryOptions } from './options.js';

const PEER: LoadedPeer = {
  name: '@opentelemetry/api',
  needs: '^1.9.0',
  at: 'SignalsModule.forRoot({ telemetry })',
  user: 'openTelemetry() needs',
  install: 'npm install @opentelemetry/api',
};

/**
 * Makes spans and metrics of sends, receivers and durable messages, with the SDK that the process has set up. Without
 * an SDK nothing is recorded.
 *
 * Spans and metrics hold names of signals, uids of receivers and ids of messages: no payload, no sender, no text of an
 * error.
 *
 * @throws {SignalError} `UNKNOWN_OPTION`; at start `PEER_NOT_INSTALLED`, `PEER_NOT_SUPPORTED`.
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Telemetry {
  checkOpenTelemetryOptions(options);
  return {
    async link(application) {
      const { TelemetryLink } = await withApi(() => import('./telemetry-link.js'));
      return new TelemetryLink(application.registry, options);
    },
  };
}

/**
 * Loads what needs the API of OpenTelemetry.
 *
 * @throws {SignalError} `PEER_NOT_INSTALLED`, `PEER_NOT_SUPPORTED`
 */
export function withApi<Module>(load: () => Promise<Module>): Promise<Module> {
  return withPeer(PEER, load);
}
