import { SignalError } from '../../core/index.js';

/** @throws {SignalError} `PEER_NOT_INSTALLED` */
export async function requirePgBoss(load: () => Promise<unknown> = () => import('pg-boss')): Promise<void> {
  try {
    await load();
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new SignalError('PEER_NOT_INSTALLED', {
      what: `Durable deliveries need the package 'pg-boss', which is not installed.`,
      at: `import 'nestjs-signals/pg-boss'`,
      fix: 'npm install pg-boss@12',
      cause: error,
    });
  }
}
