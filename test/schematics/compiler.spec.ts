import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { compilerOf } from '../../lib/schematics/source/index.js';

let folder: string;

/** A package that exports its version only, as TypeScript 7 does. */
function withoutApi(name: string, version = '7.0.2'): void {
  write(`${name}/package.json`, JSON.stringify({ name: 'typescript', version, main: 'version.js' }));
  write(`${name}/version.js`, `exports.version = '${version}';`);
}

function withApi(name: string): void {
  mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true });
  symlinkSync(join(import.meta.dirname, '..', '..', 'node_modules', 'typescript'), join(folder, 'node_modules', name));
}

function write(path: string, text: string): void {
  const file = join(folder, 'node_modules', path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signals-compiler-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('The TypeScript that reads sources', () => {
  it('is that of the application', () => {
    withApi('typescript');

    expect(compilerOf(folder, join(folder, 'a.js')).version).toMatch(/^6\./);
  });

  it('is that of the Nest CLI, where that of the application has no API', () => {
    withoutApi('typescript');
    write('@nestjs/cli/package.json', '{ "name": "@nestjs/cli" }');
    withApi('@nestjs/cli/node_modules/typescript');

    expect(compilerOf(folder, join(folder, 'a.js')).version).toMatch(/^6\./);
  });

  it('is asked for by an error that says how to have a second one', () => {
    withoutApi('typescript');

    expect(() => compilerOf(folder, join(folder, 'a.js'))).toThrow(
      expect.objectContaining({
        code: 'PEER_NOT_SUPPORTED',
        message: expect.stringMatching(/7\.0\.2, has no API[^]*npm install --save-dev typescript-6@npm:typescript@6/),
      }),
    );
  });

  it('is a second one beside that of the application', () => {
    withoutApi('typescript');
    withApi('typescript-6');

    expect(compilerOf(folder, join(folder, 'a.js')).version).toMatch(/^6\./);
  });

  it('is missing where none is installed', () => {
    expect(() => compilerOf(folder, join(folder, 'a.js'))).toThrow(
      expect.objectContaining({ code: 'PEER_NOT_INSTALLED' }),
    );
  });
});
