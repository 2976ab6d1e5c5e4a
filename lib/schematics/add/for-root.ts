import {
  addToModule,
  type Edits,
  joined,
  type ModuleClass,
  type Source,
  SOURCE_FILE,
  type Sources,
  TEST_FILE,
} from '../source/index.js';

const PACKAGE = 'nestjs-signals';

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
  const names = source.bindings.filter(
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
export function addForRoot(edits: Edits, module: ModuleClass): string | undefined {
  const { source } = edits;
  const whole = source.localNameOf('*', PACKAGE);
  const known = source.localNameOf('SignalsModule', PACKAGE) ?? (whole && `${whole}.SignalsModule`);
  const name = known ?? 'SignalsModule';
  const isTaken = known === undefined && source.identifiers().some(({ text }) => text === name);
  if (isTaken) return `it has another ${name}`;
  if (source.imports.length === 0) return 'it has no import statements';
  const problem = addToModule(edits, module, 'imports', [`${name}.forRoot()`]);
  if (problem === undefined && known === undefined) edits.import(name, PACKAGE);
  return problem;
}
