import { SignalError } from './message/errors.js';

/** The oldest Node.js that has all which this library calls, as in package.json. */
const OLDEST = '22.17';

/** Returns a warning if this Node.js is too old. An application starts with it, and fails later, in the middle of its work. */
export function oldNode(at: string, version = process.versions.node): SignalError | undefined {
  if (version.localeCompare(OLDEST, 'en', { numeric: true }) >= 0) return undefined;
  return new SignalError('NODE_NOT_SUPPORTED', {
    what: `nestjs-signals needs Node.js ${OLDEST} or newer, and this is ${version}, which lacks functions that flushes and durable messages call.`,
    at,
    fix: `run it with Node.js ${OLDEST} or newer.`,
  });
}
