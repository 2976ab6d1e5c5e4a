export { addForRoot, forRootIn } from './for-root.js';
export { nestAdd, type NestAddOptions } from './nest-add.js';
export { rootModuleOf } from './root-module.js';
export { projectsOf } from './workspace.js';
