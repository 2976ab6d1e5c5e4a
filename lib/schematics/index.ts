export { type Change, filesIn, type Migration, migrate, unifiedDiff, writeAll } from './migrate/index.js';
export { nestAdd, type NestAddOptions } from './add/index.js';
export { type GenerateOptions, receiver, signal } from './generate/index.js';
export type { Files } from './source/index.js';
export type { Rule, SchematicContext, Tree } from './tree.js';
