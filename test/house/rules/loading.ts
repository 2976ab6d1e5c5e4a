import { DOORS, type Source } from '../repository.js';
import type { Rule } from '../rule.js';
import { type Import, importsOf, packageOf } from './imports.js';
import { OPTIONAL_PACKAGES } from './rooms.js';

/** Returns the imports that a source loads as soon as it is loaded itself, by the path of the source. */
function loadedBy(sources: readonly Source[]): Map<string, Import[]> {
  return new Map(sources.map(source => [source.path, importsOf(source).filter(({ kind }) => kind === 'value')]));
}

/** Follows what is loaded, and calls `visit` with the way to every import; it goes on while `visit` returns true. */
function follow(
  way: readonly string[],
  loaded: Map<string, Import[]>,
  visit: (way: string[], next: Import) => boolean,
): void {
  for (const next of loaded.get(way.at(-1)!) ?? []) {
    if (visit([...way], next) && next.target) follow([...way, next.target], loaded, visit);
  }
}

function cycles(sources: readonly Source[]): string[] {
  const loaded = loadedBy(sources);
  const found = new Set<string>();
  const done = new Set<string>();
  for (const { path } of sources) {
    follow([path], loaded, (way, { target }) => {
      if (!target) return false;
      const at = way.indexOf(target);
      if (at >= 0) found.add([...way.slice(at), target].join(' > '));
      return at < 0 && !done.has(target);
    });
    done.add(path);
  }
  return [...found];
}

function loadsOptionalPeer(sources: readonly Source[]): string[] {
  const loaded = loadedBy(sources);
  const found: string[] = [];
  for (const door of DOORS.values()) {
    const seen = new Set<string>();
    follow([door], loaded, (way, { specifier, target }) => {
      if (OPTIONAL_PACKAGES.includes(packageOf(specifier))) found.push([...way, specifier].join(' > '));
      const isNew = target !== undefined && !seen.has(target);
      if (isNew) seen.add(target);
      return isNew;
    });
  }
  return found;
}

/** The sources that a door loads, sooner or later. */
function reachedFrom(door: string, sources: readonly Source[]): Set<string> {
  const byPath = new Map(sources.map(source => [source.path, source]));
  const reached = new Set([door]);
  for (const path of reached) {
    const source = byPath.get(path);
    const imports = source ? importsOf(source).filter(({ kind }) => kind !== 'type') : [];
    for (const { target } of imports) if (target) reached.add(target);
  }
  return reached;
}

function loadsMikroOrm(sources: readonly Source[]): string[] {
  return sources
    .filter(({ path }) => path !== 'lib/mikro-orm/peer.ts')
    .flatMap(importsOf)
    .filter(({ kind, specifier }) => kind !== 'type' && packageOf(specifier) === '@mikro-orm/core')
    .map(({ place }) => `${place} loads MikroORM by itself`);
}

export const LOADING_RULES: readonly Rule<Source>[] = [
  {
    says: 'no module is loaded by what it loads',
    check: cycles,
    broken: {
      by: {
        'lib/core/a.ts': `import { b } from './b.js';`,
        'lib/core/b.ts': `import { type C } from './c.js'; import type { A } from './a.js';`,
        'lib/core/c.ts': `export { b } from './b.js'; const a = await import('./a.js');`,
      },
      findings: ['lib/core/b.ts > lib/core/c.ts > lib/core/b.ts'],
    },
  },
  {
    says: 'the main door never loads what is for tests',
    check: sources => [...reachedFrom('lib/index.ts', sources)].filter(path => path.startsWith('lib/testing/')),
    broken: {
      by: {
        'lib/index.ts': `export { Signal } from './core/index.js'; export type { Sent } from './testing/sent.js';`,
        'lib/core/index.ts': `export const record = () => import('../testing/index.js');`,
        'lib/testing/index.ts': `export { settled } from './settled.js';`,
        'lib/testing/settled.ts': `import '../core/index.js';`,
        'lib/testing/sent.ts': '',
      },
      findings: ['lib/testing/index.ts', 'lib/testing/settled.ts'],
    },
  },
  {
    says: 'one module loads MikroORM: a bundler without it would refuse any other',
    check: loadsMikroOrm,
    broken: {
      by: {
        'lib/mikro-orm/peer.ts': `const core = await import('@mikro-orm/core');`,
        'lib/mikro-orm/a.ts': `import type { MikroORM } from '@mikro-orm/core'; import { helper } from './peer.js';`,
        'lib/mikro-orm/b.ts': `import { type MikroORM } from '@mikro-orm/core';`,
      },
      findings: ['lib/mikro-orm/b.ts:1 loads MikroORM by itself'],
    },
  },
  {
    says: 'a door opens without any optional peer: what needs one is imported when it is known to be there',
    check: loadsOptionalPeer,
    broken: {
      by: {
        'lib/index.ts': `export { PostSave } from './mikro-orm/index.js';`,
        'lib/mikro-orm/index.ts': `export { room } from './room.js'; export type { OrmLink } from './orm-link.js';`,
        'lib/mikro-orm/room.ts': `
          import { watch } from './watch.js';
          import type { EntityManager } from '@mikro-orm/core';
          const { OrmLink } = await import('./orm-link.js');`,
        'lib/mikro-orm/orm-link.ts': `import { MikroORM } from '@mikro-orm/core';`,
        'lib/mikro-orm/watch.ts': `import { type MikroORM } from '@mikro-orm/core';`,
      },
      findings: [
        'lib/index.ts > lib/mikro-orm/index.ts > lib/mikro-orm/room.ts > lib/mikro-orm/watch.ts > @mikro-orm/core',
      ],
    },
  },
];
