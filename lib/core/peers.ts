import { SignalError } from './message/errors.js';

/** A package that has to be there in a version that this library knows. */
export interface Peer {
  readonly name: string;
  /** The range of versions that npm reads: `^7.2.0`. */
  readonly needs: string;
  /** The part of the package that needs it. */
  readonly at: string;
}

/** Codes of Node, Jest, webpack, Bun, tsx and Yarn. */
const NOT_FOUND = ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'];
/** How they name what they have not found; Yarn names first who looked for it. */
const MISSING = /(?:package|module|import) ['"]([^'"]+)['"]|tried to access ([^\s,]+)/i;

/** Whether loading failed because this very package is not installed; one that lacks a package of its own is. */
export function isNotInstalled({ name }: Pick<Peer, 'name'>, error: unknown): boolean {
  const { code, message = '' } = error as { code?: unknown; message?: string };
  if (!NOT_FOUND.includes(code as string)) return false;
  const [, quoted, accessed] = MISSING.exec(message) ?? [];
  return (quoted ?? accessed ?? name) === name;
}

/** Whether a module was loaded that lacks what a supported version exports. */
function lacksExport(error: unknown): boolean {
  return error instanceof SyntaxError && /does not provide an export named/.test(error.message);
}

export function notSupported({ name, needs, at }: Peer, found: string | undefined, cause?: unknown): SignalError {
  return new SignalError('PEER_NOT_SUPPORTED', {
    what: `The version of '${name}' that is installed${found ? `, ${found},` : ''} is not supported; ${needs} is needed.`,
    at,
    fix: `npm install '${name}@${needs}'`,
    cause,
  });
}

/** A package that is loaded when it is needed. */
export interface LoadedPeer extends Peer {
  /** The one who needs it, with the verb: `openTelemetry() needs`. */
  readonly user: string;
  /** The command that installs it. */
  readonly install: string;
}

/**
 * Loads what needs a peer.
 *
 * @throws {SignalError} `PEER_NOT_INSTALLED`, `PEER_NOT_SUPPORTED`
 */
export async function withPeer<Module>(peer: LoadedPeer, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    if (isNotInstalled(peer, error)) throw notInstalled(peer, error);
    throw lacksExport(error) ? notSupported(peer, undefined, error) : error;
  }
}

export function notInstalled({ name, at, user, install }: LoadedPeer, cause: unknown): SignalError {
  return new SignalError('PEER_NOT_INSTALLED', {
    what: `${user} the package '${name}', which is not installed.`,
    at,
    fix: install,
    cause,
  });
}

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
