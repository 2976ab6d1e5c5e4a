import { readFileSync } from 'node:fs';
import { createRequire, SourceMap, type SourceMapPayload } from 'node:module';
import { dirname, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Debugger, Runtime, Session } from 'node:inspector';
import { getOrInsert } from '../core/index.js';

/** The property of the global object through which the debugger is shown a function, for a moment. */
const SHOWN = Symbol.for('nestjs-signals:shown');

/** The debugger keeps what it has shown until this group of objects is released. */
const objectGroup = 'nestjs-signals';

/** Without it the answer has the whole text of the function. Older versions of V8 do not know it, and give the text. */
const AS_ID = { serializationOptions: { serialization: 'idOnly' } };

type Script = Debugger.ScriptParsedEventDataType;

/** A line of a file. */
interface Place {
  readonly path: string;
  readonly line: number;
}

/** Where functions are written, which never changes; `false` if it is not known. */
const PLACES = new WeakMap<Function, Place | false>();

/**
 * Where functions and classes are written: `orders/orders.service.ts:12`, in TypeScript where there are source maps.
 *
 * V8 knows it, and its debugger shows it. Without `node:inspector`, as in builds that leave it out, nothing is found.
 */
export class Locations implements Disposable {
  private readonly scripts = new Map<string, Script>();
  private readonly maps = new Map<string, SourceMap | undefined>();
  /** The paths of the URLs in scripts and source maps, kept because one file has thousands of functions. */
  private readonly paths = new Map<string, string>();
  private readonly shown = new Map<string, string>();
  /** `false` where there is no debugger. */
  private session: Session | false | undefined;

  constructor(private readonly directory = process.cwd()) {}

  /** Undefined for what is built in, and for code of packages. */
  of(written: unknown): string | undefined {
    if (typeof written !== 'function') return undefined;
    const place = PLACES.get(written) ?? this.find(written) ?? false;
    PLACES.set(written, place);
    if (!place) return undefined;
    const { path, line } = place;
    return `${getOrInsert(this.shown, path, () => relative(this.directory, path).split(sep).join('/'))}:${line}`;
  }

  private find(written: Function): Place | undefined {
    const session = (this.session ??= this.open() ?? false);
    const place = session ? placeOf(session, written) : undefined;
    const script = place && this.scripts.get(place.scriptId);
    if (!place || !script?.url) return undefined;
    const path = this.pathOf(script.url);
    const entry = this.mapOf(path, script)?.findEntry(place.lineNumber, place.columnNumber ?? 0);
    const found =
      entry && 'originalSource' in entry
        ? { path: this.pathOf(entry.originalSource, path), line: entry.originalLine + 1 }
        : { path, line: place.lineNumber + 1 };
    return /[\\/]node_modules[\\/]/.test(found.path) ? undefined : found;
  }

  [Symbol.dispose](): void {
    if (!this.session) return;
    this.session.post('Runtime.releaseObjectGroup', { objectGroup });
    this.session.disconnect();
  }

  private open(): Session | undefined {
    try {
      const { Session } = createRequire(import.meta.url)('node:inspector') as typeof import('node:inspector');
      const session = new Session();
      session.connect();
      session.on('Debugger.scriptParsed', ({ params }) => this.scripts.set(params.scriptId, params));
      // All scripts are reported at once. A debugger that stays would report every question of ours as one more.
      session.post('Debugger.enable');
      session.post('Debugger.disable');
      return session;
    } catch {
      return undefined;
    }
  }

  private pathOf(url: string, file = ''): string {
    return getOrInsert(this.paths, `${url}\n${file}`, () => pathOf(url, dirname(file)));
  }

  private mapOf(path: string, { url, sourceMapURL }: Script): SourceMap | undefined {
    if (!this.maps.has(url)) this.maps.set(url, sourceMapURL ? readMap(path, sourceMapURL) : undefined);
    return this.maps.get(url);
  }
}

function placeOf(session: Session, written: Function): Debugger.Location | undefined {
  Reflect.set(globalThis, SHOWN, written);
  const expression = `globalThis[Symbol.for('${Symbol.keyFor(SHOWN)}')]`;
  const shown = answerOf<Runtime.EvaluateReturnType>(answer =>
    session.post('Runtime.evaluate', { expression, objectGroup, ...AS_ID }, answer),
  );
  Reflect.deleteProperty(globalThis, SHOWN);
  const objectId = shown?.result.objectId;
  if (!objectId) return undefined;
  const properties = answerOf<Runtime.GetPropertiesReturnType>(answer =>
    session.post('Runtime.getProperties', { objectId, ownProperties: true }, answer),
  );
  const found = properties?.internalProperties?.find(({ name }) => name === '[[FunctionLocation]]');
  return found?.value?.value as Debugger.Location | undefined;
}

/** Returns an answer of the debugger. That of Node.js answers at once; undefined where it answers later, as in Deno, or with an error. */
function answerOf<Answer>(ask: (answer: (error: Error | null, given?: Answer) => void) => void): Answer | undefined {
  let answer: Answer | undefined;
  ask((error, given) => {
    if (!error) answer = given;
  });
  return answer;
}

function readMap(path: string, url: string): SourceMap | undefined {
  try {
    const [, encoding, data] = /^data:[^,]*?(;base64)?,(.*)$/s.exec(url) ?? [];
    const text =
      data === undefined
        ? readFileSync(pathOf(url, dirname(path)), 'utf8')
        : encoding
          ? Buffer.from(data, 'base64').toString()
          : decodeURIComponent(data);
    return new SourceMap(JSON.parse(text) as SourceMapPayload);
  } catch {
    return undefined;
  }
}

function pathOf(url: string, directory = ''): string {
  return url.startsWith('file:') ? fileURLToPath(url.split('?')[0]!) : resolve(directory, url);
}
