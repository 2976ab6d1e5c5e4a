import { addToModule, Edits, joined, moduleClassesOf, specifierOf, type Sources } from '../source/index.js';
import type { SchematicContext, Tree } from '../tree.js';
import type { Generated } from './names.js';

/** Adds a generated class to the providers of the nearest module: of its folder, or of one above. */
export function register(
  tree: Tree,
  { logger }: SchematicContext,
  sources: Sources,
  { className, folder, path }: Generated,
): void {
  const module = nearestModule(tree, folder);
  const source = module === undefined ? undefined : sources.at(module);
  const [first] = source ? moduleClassesOf(source) : [];
  const byHand = `Add ${className} to the providers of a module.`;
  if (!source || !first) return logger.warn(`No module was found in ${folder} or above. ${byHand}`);
  const edits = new Edits(source);
  const problem = addToModule(edits, first, 'providers', [className]);
  if (problem !== undefined) return logger.warn(`${source.path} was left alone: ${problem}. ${byHand}`);
  edits.import(className, specifierOf(source.path, path, sources.hasExtensions));
  tree.overwrite(source.path, edits.apply());
}

function nearestModule(tree: Tree, folder: string): string | undefined {
  const file = tree.getDir(folder || '/').subfiles.find(name => /\.module\.[jt]s$/.test(name));
  if (file !== undefined) return joined(folder, file);
  return folder === '' ? undefined : nearestModule(tree, joined(folder, '..'));
}
