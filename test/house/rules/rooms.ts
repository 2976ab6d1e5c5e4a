import type { Source } from '../repository.js';
import type { Rule } from '../rule.js';
import { type Import, importsOf, packageOf } from './imports.js';

const NEST = ['@nestjs/common', '@nestjs/core', 'reflect-metadata', 'rxjs'];

/** Every room of the house, and the packages that are its own to load: optional peers, all of them. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  core: [],
  nest: [],
  durable: [],
  'mikro-orm': ['@mikro-orm/core'],
  passport: ['passport', '@nestjs/passport'],
  http: [],
  'pg-boss': ['pg-boss'],
  rows: [],
  testing: ['@nestjs/testing'],
  inspector: [],
  cli: [],
  opentelemetry: ['@opentelemetry/api'],
  schematics: ['typescript'],
};

export const OPTIONAL_PACKAGES = Object.values(ROOMS).flat();

/** The rooms that a room may enter beside core and nest: an engine, rows, opentelemetry and the live page durable, the command line what it shows and operates. */
const ENTERS: Readonly<Record<string, readonly string[]>> = {
  'pg-boss': ['durable'],
  rows: ['durable'],
  testing: ['durable'],
  opentelemetry: ['durable'],
  inspector: ['durable'],
  cli: ['inspector', 'pg-boss', 'schematics'],
};

/** The command line loads files of applications. */
const FILE_OF_APPLICATION = 'url';

/** The name for the sources in `lib` itself, which belong to no room. */
const FRONT = '';

function roomOf(path: string): string {
  const [, room, file] = path.split('/');
  return file === undefined ? FRONT : room!;
}

function refuse(wrong: (imported: Import, room: string) => boolean): (sources: readonly Source[]) => string[] {
  return sources =>
    sources
      .flatMap(importsOf)
      .filter(imported => wrong(imported, roomOf(imported.from.path)))
      .map(({ place, kind, specifier }) => `${place} imports ${specifier} (${kind})`);
}

function isNode(specifier: string): boolean {
  return specifier.startsWith('node:');
}

/** Returns whether a room may import from the source at a path. */
function mayEnter(room: string, target: string): boolean {
  const other = roomOf(target);
  if (other === room || other === 'core' || room === FRONT) return true;
  if (room === 'core' || room === 'nest') return false;
  return other === 'nest' || ENTERS[room]?.includes(other) === true;
}

/** The live page runs in browsers: the build puts what it loads into its bundle, and nothing else into it. */
const PAGE = 'lib/inspector/page/';
const BUNDLED = ['preact', 'preact/hooks'];

function isOfPage({ from }: Import): boolean {
  return from.path.startsWith(PAGE);
}

function mayLoad(room: string, specifier: string, kind: Import['kind']): boolean {
  const name = packageOf(specifier);
  if (isNode(specifier)) return true;
  if (room === 'core') return false;
  if (room === 'cli' && kind === 'dynamic' && specifier === FILE_OF_APPLICATION) return true;
  return (
    NEST.includes(name) || ROOMS[room]?.includes(name) === true || (kind === 'type' && OPTIONAL_PACKAGES.includes(name))
  );
}

export const ROOM_RULES: readonly Rule<Source>[] = [
  {
    says: 'lib has the rooms that its map shows and no other',
    check: sources =>
      [...new Set(sources.map(({ path }) => roomOf(path)).filter(room => room !== FRONT && !(room in ROOMS)))].map(
        room => `lib/${room} is not a room`,
      ),
    broken: { by: { 'lib/billing/index.ts': '', 'lib/core/index.ts': '' }, findings: ['lib/billing is not a room'] },
  },
  {
    says: 'core imports nothing but node:',
    check: refuse(({ specifier, target }, room) => {
      const isInside = target !== undefined && roomOf(target) === 'core';
      return room === 'core' && !isInside && !isNode(specifier);
    }),
    broken: {
      by: {
        'lib/core/signal.ts': `
          import { randomUUID } from 'node:crypto';
          import { Channel } from './channel.js';
          import type { Type } from '@nestjs/common';
          import { OnSignal } from '../nest/index.js';`,
      },
      findings: [
        'lib/core/signal.ts:4 imports @nestjs/common (type)',
        'lib/core/signal.ts:5 imports ../nest/index.js (value)',
      ],
    },
  },
  {
    says: 'nest imports core, every other room core and nest, an engine and opentelemetry also durable, the command line what it shows, and never another room',
    check: refuse(({ target }, room) => target !== undefined && !mayEnter(room, target)),
    broken: {
      by: {
        'lib/nest/room.ts': `import type { PostSave } from '../mikro-orm/index.js';`,
        'lib/http/request.ts': `
          export { Signal } from '../core/index.js';
          export { OnSignal } from '../nest/index.js';
          type Login = import('../passport/index.js').UserLoggedIn;`,
        'lib/pg-boss/attempt.ts': `import { JobCall } from '../durable/index.js';`,
        'lib/mikro-orm/tenants.ts': `import { JobCall } from '../durable/index.js';`,
      },
      findings: [
        'lib/nest/room.ts:1 imports ../mikro-orm/index.js (type)',
        'lib/http/request.ts:4 imports ../passport/index.js (type)',
        'lib/mikro-orm/tenants.ts:1 imports ../durable/index.js (value)',
      ],
    },
  },
  {
    says: 'a room is entered through its index.ts only',
    check: refuse(({ target }, room) => {
      const isElsewhere = target !== undefined && roomOf(target) !== room && roomOf(target) !== FRONT;
      return isElsewhere && !/^lib\/[^/]+\/index\.ts$/.test(target);
    }),
    broken: {
      by: {
        'lib/index.ts': `export { Channel } from './core/channel.js'; export { Signal } from './core/index.js';`,
        'lib/http/request.ts': `const { Room } = await import('../nest/room.js');`,
      },
      findings: [
        'lib/index.ts:1 imports ./core/channel.js (value)',
        'lib/http/request.ts:1 imports ../nest/room.js (dynamic)',
      ],
    },
  },
  {
    says: 'no room imports the front of the house',
    check: refuse(({ target }, room) => target !== undefined && room !== FRONT && roomOf(target) === FRONT),
    broken: {
      by: { 'lib/nest/room.ts': `import { SignalsModule } from '../signals.module.js';` },
      findings: ['lib/nest/room.ts:1 imports ../signals.module.js (value)'],
    },
  },
  {
    says: 'a room loads Nest and the peers that are its own; from others it takes types at most',
    check: refuse(one => !one.target && !isOfPage(one) && !mayLoad(roomOf(one.from.path), one.specifier, one.kind)),
    broken: {
      by: {
        'lib/signals.module.ts': `import { type EntityManager } from '@mikro-orm/core'; import { Module } from '@nestjs/common';`,
        'lib/mikro-orm/orm.ts': `import { MikroORM } from '@mikro-orm/core'; import type { Handler } from 'express';`,
        'lib/passport/login.ts': `const orm = await import('@mikro-orm/core'); import type { EntityManager } from '@mikro-orm/core';`,
      },
      findings: [
        'lib/signals.module.ts:1 imports @mikro-orm/core (value)',
        'lib/mikro-orm/orm.ts:1 imports express (type)',
        'lib/passport/login.ts:1 imports @mikro-orm/core (dynamic)',
      ],
    },
  },
  {
    says: 'Nest and the other peers are imported by their public names, never by a path inside them',
    check: refuse(
      one => !one.target && !isOfPage(one) && !isNode(one.specifier) && packageOf(one.specifier) !== one.specifier,
    ),
    broken: {
      by: {
        'lib/nest/room.ts': `import { Injector } from '@nestjs/core/injector/injector.js'; import 'reflect-metadata';`,
      },
      findings: ['lib/nest/room.ts:1 imports @nestjs/core/injector/injector.js (value)'],
    },
  },
  {
    says: 'the live page is a program of its own: it loads what is bundled with it, and no room loads it',
    check: refuse(one => {
      const isOther = one.target !== undefined && !one.target.startsWith('lib/inspector/');
      if (isOfPage(one)) return isOther || (!one.target && !BUNDLED.includes(one.specifier));
      return one.target?.startsWith(PAGE) === true;
    }),
    broken: {
      by: {
        'lib/inspector/page/app.tsx': `import { h } from 'preact'; import { Injectable } from '@nestjs/common'; import { a } from '../../core/index.js'; import type { B } from '../page-types.ts';`,
        'lib/inspector/routes.ts': `import { App } from './page/app.tsx';`,
      },
      findings: [
        'lib/inspector/page/app.tsx:1 imports @nestjs/common (value)',
        'lib/inspector/page/app.tsx:1 imports ../../core/index.js (value)',
        'lib/inspector/routes.ts:1 imports ./page/app.tsx (value)',
      ],
    },
  },
];
