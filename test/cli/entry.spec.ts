import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

  it('must be named where there are several', async () => {
    const errors = await listIn({ 'dist/a/app.module.js': EMPTY, 'dist/b/app.module.js': EMPTY });

    expect(errors).toMatch(/^ENTRY_NOT_FOUND: No ENTRY was named, and there are 2: dist\/[ab]\/app\.module\.js, /);
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
