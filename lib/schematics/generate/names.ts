import { joined } from '../source/index.js';

/** The options that the Nest CLI gives for `nest g`. */
export interface GenerateOptions {
  readonly name?: string | number;
  readonly path?: string;
  readonly sourceRoot?: string;
  readonly flat?: boolean;
  readonly spec?: boolean;
  readonly specFileSuffix?: string;
  readonly skipImport?: boolean;
  readonly language?: string;
}

/** The class to generate, its file, and the folder of that. */
export interface Generated {
  readonly className: string;
  /** The name for files: `order-placed`. */
  readonly fileName: string;
  readonly folder: string;
  readonly path: string;
}

/** Words of a name, however it is written: `orderPlaced`, `order.placed`, `HTTPFailed`, `order placed`. */
function wordsOf(name: string): string[] {
  return name
    .normalize('NFKC')
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .split(/[^\p{L}\p{N}$]+/u)
    .filter(word => word !== '');
}

/** Returns the name of a class; undefined if the words begin with a digit or there are none. */
export function classNameOf(name: string): string | undefined {
  const joinedWords = wordsOf(name)
    .map(word => (word === word.toUpperCase() ? word.toLowerCase() : word))
    .map(word => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');
  return /^[\p{L}$]/u.test(joinedWords) ? joinedWords : undefined;
}

export function fileNameOf(name: string): string {
  return wordsOf(name).join('-').toLowerCase();
}

/** Decides what is generated, and where: in a folder of its own below the source root, unless it is flat. */
export function generatedBy(kind: string, options: GenerateOptions): Generated {
  const { name = '', path = '', sourceRoot = 'src', flat, language = 'ts' } = options;
  const parts = joined(String(name)).split('/');
  const own = (parts.pop() ?? '').replace(new RegExp(`\\.${kind}(\\.[jt]s)?$`), '');
  const className = classNameOf(own);
  if (className === undefined) {
    throw new Error(
      `'${name}' is no name for a ${kind}. Begin it with a letter, as in \`nest g -c nestjs-signals ${kind} order-placed\`.`,
    );
  }
  if (language !== 'ts') throw new Error(`A ${kind} is generated in TypeScript, and not in '${language}'.`);
  const fileName = fileNameOf(own);
  const folder = joined(sourceRoot, path, ...parts, flat ? '' : fileName);
  return { className, fileName, folder, path: joined(folder, `${fileName}.${kind}.ts`) };
}
