import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type LoadedPeer, notInstalled, withPeer } from '../../core/index.js';

const PEER: LoadedPeer = {
  name: 'pg-boss',
  needs: '^12.38.0',
  at: `import 'nestjs-signals/pg-boss'`,
  user: 'Durable deliveries need',
  install: 'npm install pg-boss@12',
};

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
    throw notInstalled(PEER, error);
  }
}

/**
 * Loads what needs pg-boss.
 *
 * @throws {SignalError} `PEER_NOT_INSTALLED`, `PEER_NOT_SUPPORTED`
 */
export function withPgBoss<Module>(load: () => Promise<Module>): Promise<Module> {
  return withPeer(PEER, load);
}

/** Bundlers leave the address of the module out, or keep that of the machine that built. */
export function isBundled(url: string | undefined): boolean {
  return !url?.startsWith('file:') || !/installed\.[jt]s$/.test(url) || !existsSync(fileURLToPath(url));
}
