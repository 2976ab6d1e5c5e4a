export { type Change, filesIn, writeAll } from './disk.js';
export { type Migration, migrate } from './migrate.js';
export { unifiedDiff } from './unified-diff.js';
