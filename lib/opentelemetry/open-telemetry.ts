import { isNotInstalled, lacksExport, notSupported, type Peer, SignalError } from '../core/index.js';
import type { Telemetry } from '../nest/index.js';
import { checkOpenTelemetryOptions, type OpenTelemetryOptions } from './options.js';

const PEER: Peer = { name: '@opentelemetry/api', needs: '^1.9.0', at: 'SignalsModule.forRoot({ telemetry })' };

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
export async function withApi<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    if (isNotInstalled(PEER, error)) throw notInstalled(error);
    throw lacksExport(error) ? notSupported(PEER, undefined, error) : error;
  }
}

function notInstalled(cause: unknown): SignalError {
  return new SignalError('PEER_NOT_INSTALLED', {
    what: `openTelemetry() needs the package '@opentelemetry/api', which is not installed.`,
    at: PEER.at,
    fix: 'npm install @opentelemetry/api',
    cause,
  });
}
