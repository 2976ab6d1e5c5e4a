import { createRequire } from 'node:module';
import { SignalError } from '../../core/index.js';

const { resolve: find } = createRequire(import.meta.url);

/**
 * Looks without loading, and without waiting: a module that awaits cannot be loaded by `require()`.
 *
 * @throws {SignalError} `PEER_NOT_INSTALLED`
 */
export function requirePgBoss(resolve: (name: string) => unknown = find): void {
  try {
    resolve('pg-boss');
  } catch (error) {
    if ((error as { code?: string }).code !== 'MODULE_NOT_FOUND') throw error;
    throw new SignalError('PEER_NOT_INSTALLED', {
      what: `Durable deliveries need the package 'pg-boss', which is not installed.`,
      at: `import 'nestjs-signals/pg-boss'`,
      fix: 'npm install pg-boss@12',
      cause: error,
    });
  }
}
