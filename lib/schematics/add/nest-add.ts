import { compilerOf, Edits, joined, Sources } from '../source/index.js';
import { filesOf, type Rule, type SchematicContext, type Tree } from '../tree.js';
import { addForRoot, forRootIn } from './for-root.js';
import { jestHint } from './jest.js';
import { rootModuleOf } from './root-module.js';

/** Lines that a person writes where a program cannot. */
const BY_HAND = [
  "import { SignalsModule } from 'nestjs-signals';",
  '@Module({ imports: [/* the others */, SignalsModule.forRoot()] })',
];

/** The options of `nest add`. */
export interface NestAddOptions {
  /** The folder of the sources of the project, which the Nest CLI gives. */
  readonly sourceRoot?: string;
}

/** Adds `SignalsModule.forRoot()` to the root module of an application; leaves alone what cannot be changed safely. */
export function nestAdd({ sourceRoot = 'src' }: NestAddOptions = {}): Rule {
  return (tree, context) => {
    try {
      add(tree, context, joined(sourceRoot));
    } catch (error) {
      context.logger.warn((error as Error).message);
      byHand(context, 'No file was changed.');
    }
  };
}

function add(tree: Tree, context: SchematicContext, sourceRoot: string): void {
  const sources = new Sources(compilerOf(process.cwd()), filesOf(tree));
  const already = forRootIn(sources, sourceRoot);
  if (already !== undefined) return context.logger.info(`${already} calls SignalsModule.forRoot() already.`);
  const root = rootModuleOf(sources, sourceRoot);
  if (!root) return byHand(context, `No root module was found in ${sourceRoot}.`);
  const edits = new Edits(root.source);
  const problem = addForRoot(edits, root);
  if (problem !== undefined) return byHand(context, `${root.source.path} was left alone: ${problem}.`);
  tree.overwrite(root.source.path, edits.apply());
  const hint = jestHint(sources);
  if (hint !== undefined) context.logger.info(hint);
}

function byHand({ logger }: SchematicContext, why: string): void {
  logger.warn([why, 'Write in the root module:', ...BY_HAND.map(line => `  ${line}`)].join('\n'));
}
