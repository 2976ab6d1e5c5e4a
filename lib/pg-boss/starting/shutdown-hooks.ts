import { Logger } from '@nestjs/common';
import { SignalError } from '../../core/index.js';

/** Time enough for all that `main.ts` does after `listen()`. */
const SETTLED_MS = 10_000;

/** Warns later of a process that SIGTERM would end at once: then Nest closes no application, and no message is given back. */
export function expectShutdownHooks(): NodeJS.Timeout {
  return setTimeout(() => {
    if (process.listenerCount('SIGTERM') === 0) new Logger('Signals').warn(noHooks().message);
  }, SETTLED_MS).unref();
}

function noHooks(): SignalError {
  return new SignalError('NO_SHUTDOWN_HOOKS', {
    what: 'This process delivers durable messages, and SIGTERM would end it at once: running receivers are cut off, and their messages are taken for lost.',
    at: 'the start of the application',
    fix: 'call app.enableShutdownHooks() in main.ts, so that messages are given back.',
  });
}
