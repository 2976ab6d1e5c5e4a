import type { Source } from '../repository.js';
import type { Rule } from '../rule.js';
import { importsOf } from './imports.js';

/** The parts of core, from the ground up: a file imports from its own part, and from those before. */
const PARTS = ['message', 'connection', 'dispatch', 'deferred', 'core itself', 'its index'];

/** The files that a file imports, for values, types or later, by its path. */
function arrowsOf(sources: readonly Source[]): Map<string, string[]> {
  const paths = new Set(sources.map(({ path }) => path));
  return new Map(
    sources.map(source => [
      source.path,
      importsOf(source).flatMap(({ target }) => (target !== undefined && paths.has(target) ? [target] : [])),
    ]),
  );
}

/** All that a file imports, directly or not. */
function reachable(from: string, arrows: ReadonlyMap<string, readonly string[]>): Set<string> {
  const reached = new Set(arrows.get(from));
  for (const path of reached) for (const next of arrows.get(path) ?? []) reached.add(next);
  return reached;
}

/** The groups of files that import one another in a circle. */
function circlesOf(sources: readonly Source[]): string[][] {
  const arrows = arrowsOf(sources);
  const reached = new Map([...arrows.keys()].map(path => [path, reachable(path, arrows)]));
  const circles = new Map<string, string[]>();
  for (const [path, all] of reached) {
    if (!all.has(path)) continue;
    const circle = [...all].filter(other => reached.get(other)!.has(path)).sort();
    circles.set(circle.join(' '), circle);
  }
  return [...circles.values()];
}

function partOf(path: string): number {
  const [, , folder, file] = path.split('/');
  if (file !== undefined) return PARTS.indexOf(folder!);
  return PARTS.indexOf(folder === 'index.ts' ? 'its index' : 'core itself');
}

export const CIRCLE_RULES: readonly Rule<Source>[] = [
  {
    says: 'no file imports what imports it, types counted',
    check: sources => circlesOf(sources).map(circle => circle.join(' and ')),
    broken: {
      by: {
        'lib/core/a.ts': `import { b } from './b.js';`,
        'lib/core/b.ts': `import type { C } from './c.js';`,
        'lib/core/c.ts': `declare module './a.js' { interface A {} }`,
        'lib/core/d.ts': `import { a } from './a.js';`,
        'lib/nest/e.ts': `type Later = import('./f.js').F;`,
        'lib/nest/f.ts': `export const later = () => import('./e.js');`,
      },
      findings: ['lib/core/a.ts and lib/core/b.ts and lib/core/c.ts', 'lib/nest/e.ts and lib/nest/f.ts'],
    },
  },
  {
    says: `in core nothing imports upwards: ${PARTS.join(', ')}`,
    check: sources =>
      sources
        .filter(({ path }) => path.startsWith('lib/core/'))
        .flatMap(importsOf)
        .filter(({ target }) => target?.startsWith('lib/core/'))
        .filter(({ from, target }) => partOf(from.path) === -1 || partOf(target!) > partOf(from.path))
        .map(({ place, specifier }) => `${place} imports ${specifier}`),
    broken: {
      by: {
        'lib/core/message/a.ts': `import type { Channel } from '../connection/channel.js'; import './b.js';`,
        'lib/core/deferred/c.ts': `import { send } from '../dispatch/send.js'; import type { R } from '../registry.js';`,
        'lib/core/registry.ts': `import { Signal } from './signal.js'; import { nameOf } from './index.js';`,
        'lib/core/billing/d.ts': `import '../message/a.js';`,
      },
      findings: [
        'lib/core/message/a.ts:1 imports ../connection/channel.js',
        'lib/core/deferred/c.ts:1 imports ../registry.js',
        'lib/core/registry.ts:1 imports ./index.js',
        'lib/core/billing/d.ts:1 imports ../message/a.js',
      ],
    },
  },
];
