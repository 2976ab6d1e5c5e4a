import { readFileSync } from 'node:fs';
import { isNotInstalled, oldNode } from '../../lib/core/index.js';
import { checkVersion } from '../../lib/mikro-orm/peer.js';
import { checkNest } from '../../lib/nest/supported-nest.js';

const ORM = { name: '@mikro-orm/core' };
const { engines, peerDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  engines: { node: string };
  peerDependencies: Record<string, string>;
};

describe('A peer that is not installed', () => {
  it.each([
    ['Node', 'ERR_MODULE_NOT_FOUND', `Cannot find package '@mikro-orm/core' imported from /app/mikro-orm.room.js`],
    ['Jest', 'MODULE_NOT_FOUND', `Cannot find module '@mikro-orm/core' from 'node_modules/room.js'`],
    ['webpack', 'MODULE_NOT_FOUND', `Cannot find module '@mikro-orm/core'`],
    ['Yarn', 'MODULE_NOT_FOUND', 'nestjs-signals tried to access @mikro-orm/core (a peer dependency)'],
    ['Yarn, too,', 'MODULE_NOT_FOUND', 'Your application tried to access @mikro-orm/core, but it is not declared'],
    ['a loader of its own', 'MODULE_NOT_FOUND', 'There is none'],
  ])('is known by what %s says', (_, code, message) => {
    expect(isNotInstalled(ORM, Object.assign(new Error(message), { code }))).toBe(true);
  });

  it.each([
    [
      'lacks a package of its own',
      'ERR_MODULE_NOT_FOUND',
      `Cannot find package 'dataloader' imported from /@mikro-orm/core`,
    ],
    [
      'lacks a package of its own, as Yarn says it',
      'MODULE_NOT_FOUND',
      '@mikro-orm/core tried to access dataloader (a peer dependency) but it is not provided by your application',
    ],
    ['is broken', undefined, 'Unexpected token'],
    ['cannot be read', 'EACCES', `open '@mikro-orm/core'`],
  ])('is not taken for one that %s', (_, code, message) => {
    expect(isNotInstalled(ORM, Object.assign(new Error(message), { code }))).toBe(false);
  });
});

describe('A peer of a version that is not supported', () => {
  it.each(['6.6.7', '7.1.4', '8.0.0', 'unknown'])('is refused: MikroORM %s', version => {
    expect(() => checkVersion(version)).toThrow(
      expect.objectContaining({
        code: 'PEER_NOT_SUPPORTED',
        message: expect.stringContaining(`npm install '@mikro-orm/core@${peerDependencies['@mikro-orm/core']}'`),
      }),
    );
  });

  it.each(['7.2.0', '7.2.1', '7.10.0', '7.3.0-dev.1'])('is not MikroORM %s', version => {
    expect(() => checkVersion(version)).not.toThrow();
  });

  it('is refused: Nest 10, whose HttpAdapterHost cannot say when there is an adapter', () => {
    class HttpAdapterHost {
      get listen$(): undefined {
        return undefined;
      }
    }
    expect(() => checkNest(HttpAdapterHost.prototype)).toThrow(
      expect.objectContaining({
        code: 'PEER_NOT_SUPPORTED',
        message: expect.stringContaining(`npm install '@nestjs/core@${peerDependencies['@nestjs/core']}'`),
      }),
    );
    expect(() => checkNest()).not.toThrow();
  });
});

describe('The version of Node', () => {
  it.each(['20.20.2', '22.9.0', '22.16.1'])('is too old: %s', version => {
    expect(oldNode('main.ts', version)).toMatchObject({
      code: 'NODE_NOT_SUPPORTED',
      message: expect.stringContaining(
        `needs Node.js ${engines.node.replace('>=', '')} or newer, and this is ${version}`,
      ),
    });
  });

  it.each(['22.17.0', '22.23.1', '24.0.0', '100.1.0', process.versions.node])('is new enough: %s', version => {
    expect(oldNode('main.ts', version)).toBeUndefined();
  });
});
