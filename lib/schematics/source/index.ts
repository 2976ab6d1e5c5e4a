export { compilerOf } from './compiler.js';
export { Edits } from './edits.js';
export { type Files, joined, NOT_SOURCES, resolveModule, SOURCE_FILE, specifierOf, TEST_FILE } from './files.js';
export { addToModule, type ModuleClass, moduleClassesOf } from './module-classes.js';
export { hasModifier, nameOf } from './nodes.js';
export { type Declared, type Source, Sources } from './source.js';
