import type ts from 'typescript';
import { joined, type ModuleClass, moduleClassesOf, type Source, type Sources } from '../source/index.js';

/** The module that an application begins with. */
export interface RootModule {
  readonly source: Source;
  readonly module: ModuleClass;
}

/** Makers of applications, by the names that Nest and nest-commander give it. */
const MAKERS = ['NestFactory', 'CommandFactory'];
const MAKE = ['create', 'createMicroservice', 'createApplicationContext', 'run'];

/** Finds the root module of the application whose sources are in a folder: the one that its entry file starts. */
export function rootModuleOf(sources: Sources, sourceRoot: string, entryFile: string): RootModule | undefined {
  const entry = firstOf(sources, joined(sourceRoot, entryFile.replace(/\.[cm]?[jt]s$/, '')));
  const started = entry && startedBy(entry);
  const declared = entry && started !== undefined ? sources.declarationOf(entry, started) : undefined;
  if (declared) return asRoot(declared.source, declared.node);
  const usual = firstOf(sources, joined(sourceRoot, 'app.module'));
  return usual && asRoot(usual);
}

function firstOf(sources: Sources, path: string): Source | undefined {
  return ['ts', 'mts', 'js', 'mjs']
    .map(extension => sources.at(`${path}.${extension}`))
    .find(source => source !== undefined);
}

/** The name of the module in `NestFactory.create(AppModule)` or `NestFactory.create(AppModule.register())`. */
function startedBy(entry: Source): string | undefined {
  const { ts } = entry;
  for (const node of entry.nodes()) {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) continue;
    const { expression, name } = node.expression;
    if (!MAKERS.includes(expression.getText()) || !MAKE.includes(name.text)) continue;
    const [argument] = node.arguments;
    if (argument) return rootIdentifier(entry, argument);
  }
  return undefined;
}

function rootIdentifier(entry: Source, node: ts.Expression): string | undefined {
  const { ts } = entry;
  const bare = entry.bare(node);
  if (ts.isIdentifier(bare)) return bare.text;
  const isInside = ts.isCallExpression(bare) || ts.isPropertyAccessExpression(bare) || ts.isAwaitExpression(bare);
  return isInside ? rootIdentifier(entry, bare.expression) : undefined;
}

function asRoot(source: Source, node?: ts.Declaration): RootModule | undefined {
  const modules = moduleClassesOf(source);
  const module = node
    ? modules.find(({ call }) => call.parent.parent === node)
    : (modules.find(({ name }) => name === 'AppModule') ?? (modules.length === 1 ? modules[0] : undefined));
  return module && { source, module };
}
