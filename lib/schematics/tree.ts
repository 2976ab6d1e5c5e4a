import { type Files, joined, NOT_SOURCES } from './source/index.js';

/** The files of an application as schematics change them: written when all is done. This is a part of the `Tree` of the Nest CLI. */
export interface Tree {
  exists(path: string): boolean;
  read(path: string): Buffer | null;
  create(path: string, content: string): void;
  overwrite(path: string, content: string): void;
  getDir(path: string): { readonly subdirs: readonly string[]; readonly subfiles: readonly string[] };
}

/** A part of the context of a schematic. */
export interface SchematicContext {
  readonly logger: {
    info(text: string): void;
    warn(text: string): void;
  };
}

/** A change of the files of an application. */
export type Rule = (tree: Tree, context: SchematicContext) => void;

export function filesOf(tree: Tree): Files {
  const list = (folder: string): string[] => {
    const { subdirs, subfiles } = tree.getDir(folder || '/');
    const below = subdirs.filter(name => !NOT_SOURCES.test(name)).flatMap(name => list(joined(folder, name)));
    return [...subfiles.map(name => joined(folder, name)), ...below];
  };
  return {
    read: path => (tree.exists(path) ? tree.read(path)?.toString('utf8') : undefined),
    list: folder => list(joined(folder)),
  };
}
