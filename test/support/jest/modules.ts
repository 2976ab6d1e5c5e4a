import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The spec file whose modules are loaded: the files of a process run one at a time. */
export interface SpecFile {
  readonly rootDir: string;
  /** JavaScript of a TypeScript file. */
  transform(path: string, url: string): string;
  /** `jest`, `expect`, `it` and the others. */
  globals(): Readonly<Record<string, unknown>>;
}

const GLOBALS = 'jest-globals:';

let specFile: SpecFile | undefined;
let root = '';
let count = 0;

/** Loads a spec file, and what it imports of `test` and `sample`, anew; packages and `lib` once for a process. */
export async function importSpec(path: string, current: SpecFile): Promise<void> {
  specFile = current;
  root = `${pathToFileURL(current.rootDir).href}/`;
  count += 1;
  await import(`${pathToFileURL(path).href}?spec=${count}`);
}

/** For the module that stands for `@jest/globals`. */
export function globals(): Readonly<Record<string, unknown>> {
  return specFile!.globals();
}

registerHooks({
  resolve(specifier, context, next) {
    const spec = /^file:.*(\?spec=\d+)$/.exec(context.parentURL ?? '')?.[1];
    if (spec && specifier === '@jest/globals') return { url: `${GLOBALS}${spec}`, shortCircuit: true };
    const source = sourceOf(specifier, context.parentURL);
    const resolved = source === undefined ? next(specifier, context) : { url: source, shortCircuit: true };
    return spec && isFresh(resolved.url) ? { ...resolved, url: `${resolved.url}${spec}` } : resolved;
  },
  load(url, context, next) {
    if (url.startsWith(GLOBALS)) return { format: 'module', source: sourceOfGlobals(), shortCircuit: true };
    if (!isOurs(url)) return next(url, context);
    return { format: 'module', source: specFile!.transform(fileURLToPath(url), url), shortCircuit: true };
  },
});

function sourceOfGlobals(): string {
  const names = Object.keys(globals()).join(', ');
  return `import { globals } from '${import.meta.url}'; export const { ${names} } = globals();`;
}

/** The TypeScript behind the name of the package, or behind the JavaScript that it becomes. */
function sourceOf(specifier: string, parent = ''): string | undefined {
  if (!isOurs(parent)) return undefined;
  const entry = /^nestjs-signals(?:\/(.+))?$/.exec(specifier);
  if (entry) return new URL(`lib/${entry[1] ?? '.'}/index.ts`, root).href;
  if (!/^\.{1,2}\/.*\.js$/.test(specifier)) return undefined;
  const { href } = new URL(specifier.replace(/js$/, 'ts'), parent);
  return existsSync(fileURLToPath(href)) ? href : undefined;
}

function isOurs(url: string): boolean {
  return root !== '' && url.startsWith(root) && /\.ts(\?|$)/.test(url) && !url.includes('/node_modules/');
}

function isFresh(url: string): boolean {
  return isOurs(url) && !url.startsWith(`${root}lib/`) && !url.includes('?');
}
