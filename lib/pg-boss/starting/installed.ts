import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isNotInstalled, lacksExport, notSupported, type Peer, SignalError } from '../../core/index.js';

const PEER: Peer = { name: 'pg-boss', needs: '^12.38.0', at: `import 'nestjs-signals/pg-boss'` };

/**
 * Looks without loading, and without waiting: a module that awaits cannot be loaded by `require()`. In a bundle there is
 * nothing to look at.
 *
 * @throws {SignalError} `PEER_NOT_INSTALLED`
 */
export function requirePgBoss(
  resolve: (name: string) => unknown = isBundled(import.meta.url) ? () => {} : createRequire(import.meta.url).resolve,
): void {
  try {
    resolve(PEER.name);
  } catch (error) {
    if ((error as { code?: string }).code !== 'MODULE_NOT_FOUND') throw error;
    throw notInstalled(error);
  }
}

/**
 * Loads what needs pg-boss.
 *
 * @throws {SignalError} `PEER_NOT_INSTALLED`, `PEER_NOT_SUPPORTED`
 */
export async function withPgBoss<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    if (isNotInstalled(PEER, error)) throw notInstalled(error);
    throw lacksExport(error) ? notSupported(PEER, undefined, error) : error;
  }
}

/** Bundlers leave the address of the module out, or keep that of the machine that built. */
export function isBundled(url: string | undefined): boolean {
  return !url?.startsWith('file:') || !/installed\.[jt]s$/.test(url) || !existsSync(fileURLToPath(url));
}

function notInstalled(cause: unknown): SignalError {
  return new SignalError('PEER_NOT_INSTALLED', {
    what: `Durable deliveries need the package 'pg-boss', which is not installed.`,
    at: PEER.at,
    fix: 'npm install pg-boss@12',
    cause,
  });
}
