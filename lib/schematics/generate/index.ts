export { receiver, signal } from './generate.js';
export { classNameOf, fileNameOf, type GenerateOptions } from './names.js';
