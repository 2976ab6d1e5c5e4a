import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { temporaryFolder } from './temporary-folder.js';
import { command } from './terminal.js';

const parent = temporaryFolder();

/** A folder with these files. */
function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(parent, 'entry-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const EMPTY = 'module.exports.AppModule = class {};';

async function listIn(files: Readonly<Record<string, string>>, ...entry: string[]): Promise<string> {
  const { code, out, errors } = await command(['list', ...entry], { directory: folderWith(files) });
  expect({ code, out }).toEqual({ code: 2, out: '' });
  return errors;
}

describe('The ENTRY of nestjs-signals', () => {
  it('is named in the error that says where it was looked for', async () => {
    const errors = await listIn({
      'nest-cli.json': '{ "compilerOptions": { "tsConfigPath": "tsconfig.app.json" } }',
      'tsconfig.app.json': '{ // a comment\n "compilerOptions": { "outDir": "./out", }, }',
      'package.json': '{ "scripts": { "start:prod": "NODE_ENV=production node build/main" } }',
    });

    expect(errors).toMatch(/^ENTRY_NOT_FOUND: No ENTRY was named, and none was found\. /);
    expect(errors).toContain('Looked for: out/**/app.module.js, build/**/app.module.js, dist/**/app.module.js.');
  });

  it.each([
    ['dist/app.module.js', {}],
    ['dist/src/app.module.js', { 'nest-cli.json': '{}' }],
    ['out/apps/shop/app.module.cjs', { 'tsconfig.json': '{"compilerOptions":{"outDir":"out"}}' }],
  ])('is found at %s', async (path, files) => {
    expect(await listIn({ ...files, [path]: EMPTY })).toContain(`The root module that ${path} exports does not import`);
  });

  it.each([
    ['a mark of Windows before them', '\uFEFF{ "compilerOptions": { "tsConfigPath": "tsconfig.app.json" } }'],
    ['comments', '{ /* a\n comment */ "compilerOptions": { "tsConfigPath": "tsconfig.app.json" } } // at the end'],
  ])('is found by configuration with %s', async (_, nestCli) => {
    const files = { 'nest-cli.json': nestCli, 'tsconfig.app.json': '\uFEFF{"compilerOptions":{"outDir":"out"}}' };

    expect(await listIn({ ...files, 'out/app.module.js': EMPTY })).toContain('that out/app.module.js exports');
  });

  it.each(['null', '5', '[]', '{', ''])('is found although the configuration is %j', async text => {
    const files = { 'nest-cli.json': text, 'tsconfig.json': text };

    expect(await listIn({ ...files, 'dist/app.module.js': EMPTY })).toContain('that dist/app.module.js exports');
  });

  it.each(['with space', 'c#', 'a%20b', 'what?', "it's", 'größe', '[brackets]'])(
    'may be in a folder called %s',
    async folder => {
      const path = `${folder}/dist/app.module.cjs`;

      expect(await listIn({ [path]: EMPTY }, path)).toContain(`The root module that ${path} exports does not import`);
    },
  );

  it('must be named where there are several', async () => {
    const errors = await listIn({ 'dist/a/app.module.js': EMPTY, 'dist/b/app.module.js': EMPTY });

    expect(errors).toMatch(/^ENTRY_NOT_FOUND: No ENTRY was named, and there are 2: dist\/[ab]\/app\.module\.js, /);
  });

  it('may be a folder with one app.module.js', async () => {
    const files = { 'build/shop/app.module.js': EMPTY, 'build/bill/app.module.js': EMPTY, 'empty/main.js': '' };

    expect(await listIn(files, 'build/shop')).toContain('that build/shop/app.module.js exports');
    expect(await listIn(files, 'build')).toContain('ENTRY is the folder build, and there are 2: build/');
    expect(await listIn(files, './empty/')).toContain('none was found. Looked for: empty/**/app.module.js.');
  });

  it('is called as a project of the workspace where there is no app.module.js', async () => {
    const files = {
      'nest-cli.json': '{ "projects": { "billing": {}, "my-shop": {} } }',
      'dist/apps/billing/billing.module.js': EMPTY,
      'dist/apps/billing/orders/orders.module.js': EMPTY,
    };

    expect(await listIn(files)).toContain('that dist/apps/billing/billing.module.js exports');
    expect(await listIn({ ...files, 'dist/apps/my-shop/my-shop.module.js': EMPTY })).toContain('there are 2: ');
    expect(await listIn({ ...files, 'dist/apps/shop/app.module.js': EMPTY })).toContain(
      'apps/shop/app.module.js exports',
    );
  });

  it.each(['{ "webpack": true }', '{ "builder": "rspack" }', '{ "builder": { "type": "webpack" } }'])(
    'is not in the bundle of %s, whose error says how to build it',
    async compilerOptions => {
      const files = {
        'nest-cli.json': `{ "monorepo": true, "projects": { "shop": { "compilerOptions": ${compilerOptions} } } }`,
        'dist/apps/shop/main.js': 'NestFactory.create(AppModule);',
      };

      for (const entry of [[], ['dist/apps/shop/main.js']])
        expect(await listIn(files, ...entry)).toContain('build it for this with nest build --builder tsc.');
    },
  );

  it.each(['app.module.ts', 'app.module.js.map'])('is not %s', async file => {
    const errors = await listIn({ [file]: '@Module({}) export class' }, file);

    expect(errors).toMatch(/^ENTRY_INVALID: [^]* fix: name the built file, such as dist\/app\.module\.js\.\n/m);
  });

  it('that fails in Nest or in Node is named, and no file of theirs', async () => {
    const unresolved = `const { Module } = require('@nestjs/common');
class Missing {}
class Needs {}
Reflect.defineMetadata('design:paramtypes', [Missing], Needs);
class AppModule {}
Module({ providers: [Needs] })(AppModule);
module.exports = { AppModule };`;
    const packages = pathToFileURL(join(import.meta.dirname, '../../node_modules'));
    const folder = folderWith({ 'a.cjs': unresolved, 'b.cjs': `require('nix')` });
    symlinkSync(packages, join(folder, 'node_modules'));
    const [inNest, inNode] = await Promise.all(
      ['a.cjs', 'b.cjs'].map(entry => command(['list', entry], { directory: folder })),
    );

    expect(inNest!.errors).toMatch(
      /^ENTRY_INVALID: .*Nest can't resolve dependencies of the Needs[^]*\n +at: +a\.cjs\n/,
    );
    expect(inNode!.errors).toMatch(/^ENTRY_INVALID: .*Cannot find module 'nix'/);
    expect(inNode!.errors).not.toMatch(/\n +at: +(node:|\/modules)/);
  });

  it.each([
    ['throws', `throw new Error('DATABASE_URL is missing');`, 'it cannot be loaded: DATABASE_URL is missing'],
    ['has no module', 'module.exports.a = 1;', 'it exports no module'],
    ['starts the application', 'NestFactory.create(AppModule).then(app => app.listen(0));', 'starts the application'],
  ])('that %s is refused', async (_, text, why) => {
    const errors = await listIn({ 'a.cjs': text }, 'a.cjs');

    expect(errors).toMatch(/^ENTRY_INVALID: /);
    expect(errors).toContain(why);
    expect(errors).not.toMatch(/^ {4}at /m);
  });
});
