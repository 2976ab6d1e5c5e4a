export { bindingsOf, isExportOf, localNameOf } from './bindings.js';
export { type Compiler, compilerOf } from './compiler.js';
export { type Edit, Edits } from './edits.js';
export {
  type Files,
  joined,
  NOT_SOURCES,
  resolveModule,
  SOURCE_FILE,
  specifierOf,
  TEST_FILE,
} from './files.js';
export { addToModule, type ModuleClass, moduleClassesOf } from './module-classes.js';
export { Source } from './source.js';
export { type Declared, Sources } from './sources.js';
