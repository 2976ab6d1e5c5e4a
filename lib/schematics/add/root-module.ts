import type ts from 'typescript';
import {
  type Declared,
  joined,
  type ModuleClass,
  moduleClassesOf,
  type Source,
  type Sources,
} from '../source/index.js';
import { projectsOf } from './workspace.js';

/** Makers of applications, by the names that Nest and nest-commander give it. */
const MAKERS = ['NestFactory', 'CommandFactory'];
const MAKE = ['create', 'createMicroservice', 'createApplicationContext', 'run'];

/** Finds the root module of the application whose sources are in a folder: the one that its entry file starts. */
export function rootModuleOf(sources: Sources, sourceRoot: string): ModuleClass | undefined {
  const entryFile = projectsOf(sources).find(project => project.sourceRoot === sourceRoot)?.entryFile ?? 'main';
  const entry = firstOf(sources, joined(sourceRoot, entryFile.replace(/\.[cm]?[jt]s$/, '')));
  const started = entry && startedBy(entry);
  if (started) return moduleClassesOf(started.source).find(({ node }) => node === started.node);
  const usual = firstOf(sources, joined(sourceRoot, 'app.module'));
  const modules = usual ? moduleClassesOf(usual) : [];
  return modules.find(({ node }) => node.name?.text === 'AppModule') ?? (modules.length === 1 ? modules[0] : undefined);
}

function firstOf(sources: Sources, path: string): Source | undefined {
  return ['ts', 'mts', 'js', 'mjs'].flatMap(extension => sources.at(`${path}.${extension}`) ?? [])[0];
}

/** The module in `NestFactory.create(AppModule)` or `NestFactory.create(AppModule.register())`. */
function startedBy(entry: Source): Declared | undefined {
  const { ts } = entry;
  for (const node of entry.nodes()) {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) continue;
    const { expression, name } = node.expression;
    if (!MAKERS.includes(expression.getText()) || !MAKE.includes(name.text)) continue;
    const [argument] = node.arguments;
    if (argument) return declarationOf(entry, argument);
  }
  return undefined;
}

function declarationOf(entry: Source, node: ts.Expression): Declared | undefined {
  const { ts } = entry;
  const bare = entry.bare(node);
  if (ts.isIdentifier(bare)) return entry.declarationOf(bare.text);
  const isInside = ts.isCallExpression(bare) || ts.isPropertyAccessExpression(bare) || ts.isAwaitExpression(bare);
  return isInside ? declarationOf(entry, bare.expression) : undefined;
}
