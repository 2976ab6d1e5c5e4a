import { HttpAdapterHost } from '@nestjs/core';
import { notSupported } from '../core/index.js';

/**
 * Refuses a Nest older than 11. It has no version that could be read, so it is known by a member that came with 11.
 *
 * @throws {SignalError} `PEER_NOT_SUPPORTED`
 */
export function checkNest(host: object = HttpAdapterHost.prototype): void {
  if ('init$' in host) return;
  throw notSupported(
    { name: '@nestjs/core', needs: '^11.0.5 || ^12.0.0', at: 'SignalsModule.forRoot()' },
    '10 or older',
  );
}
