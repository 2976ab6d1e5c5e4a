export { addForRoot, forRootIn, BY_HAND } from './for-root.js';
export { nestAdd, type NestAddOptions } from './nest-add.js';
export { rootModuleOf } from './root-module.js';
export { entryFileOf, workspaceOf } from './workspace.js';
