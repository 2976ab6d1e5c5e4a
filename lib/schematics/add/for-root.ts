import {
  addToModule,
  bindingsOf,
  type Edits,
  joined,
  localNameOf,
  type Source,
  SOURCE_FILE,
  type Sources,
  TEST_FILE,
} from '../source/index.js';
import type { RootModule } from './root-module.js';

const PACKAGE = 'nestjs-signals';

/** Lines that a person writes where a program cannot. */
export const BY_HAND = [
  `import { SignalsModule } from '${PACKAGE}';`,
  '@Module({ imports: [/* the others */, SignalsModule.forRoot()] })',
];

/** Finds the file in a folder that imports `SignalsModule.forRoot()` already. */
export function forRootIn(sources: Sources, folder: string): string | undefined {
  return sources.files.list(joined(folder)).find(path => {
    if (!SOURCE_FILE.test(path) || TEST_FILE.test(path)) return false;
    if (sources.files.read(path)?.includes(PACKAGE) !== true) return false;
    const source = sources.at(path);
    return source !== undefined && callsForRoot(source);
  });
}

/** Whether a source calls `forRoot()` of the package, by whatever name it knows its module. */
function callsForRoot(source: Source): boolean {
  const { ts } = source;
  const names = bindingsOf(source).filter(
    ({ from, imported }) => from === PACKAGE && /^(SignalsModule|\*|default)$/.test(imported),
  );
  return [...source.nodes()].some(node => {
    if (!ts.isPropertyAccessExpression(node) || !/^forRoot(Async)?$/.test(node.name.text)) return false;
    const owner = node.expression.getText().split('.')[0];
    return names.some(({ local }) => local === owner);
  });
}

/**
 * Adds `SignalsModule.forRoot()` to the imports of a root module.
 *
 * @returns why it cannot be done; undefined where it was.
 */
export function addForRoot(edits: Edits, { module }: RootModule): string | undefined {
  const { source } = edits;
  const known = localNameOf(source, 'SignalsModule', PACKAGE);
  const whole = localNameOf(source, '*', PACKAGE);
  const name = known ?? (whole === undefined ? 'SignalsModule' : `${whole}.SignalsModule`);
  if (known === undefined && whole === undefined && isTaken(source, name)) return `it has another ${name}`;
  if (source.imports.length === 0) return 'it has no import statements';
  const problem = addToModule(edits, module, 'imports', [`${name}.forRoot()`]);
  if (problem === undefined && known === undefined && whole === undefined) edits.import(name, PACKAGE);
  return problem;
}

function isTaken(source: Source, name: string): boolean {
  return [...source.nodes()].some(node => source.ts.isIdentifier(node) && node.text === name);
}
