import { nestAdd } from '../../lib/schematics/index.js';
import { Application, MAIN } from './application.js';

const MODULE = "import { Module } from '@nestjs/common';\n\n@Module({})\nexport class AppModule {}\n";
const CHANGED = '@Module({ imports: [SignalsModule.forRoot()] })';

function changedFile(files: Readonly<Record<string, string>>, sourceRoot = 'src'): string | undefined {
  const application = new Application(files).run(nestAdd({ sourceRoot }));
  return Object.keys(files).find(path => application.text(path).includes(CHANGED)) ?? application.said.join();
}

/** An entry file that starts a module by this import and this expression. */
const starting = (imported: string, expression: string) =>
  `import { NestFactory } from '@nestjs/core';\nimport ${imported};\n\nvoid NestFactory.create(${expression});\n`;

describe('The root module that nest add changes', () => {
  it.each([
    { specifier: './root', path: 'src/root.ts' },
    { specifier: './root.js', path: 'src/root.ts' },
    { specifier: './root/index.js', path: 'src/root/index.ts' },
    { specifier: './root', path: 'src/root/index.ts' },
    { specifier: '../other/root', path: 'other/root.ts' },
    { specifier: 'src/root', path: 'src/root.ts' },
  ])('is the one that main.ts imports from $specifier', ({ specifier, path }) => {
    expect(
      changedFile({ 'src/main.ts': starting(`{ AppModule } from '${specifier}'`, 'AppModule'), [path]: MODULE }),
    ).toBe(path);
  });

  it.each([
    { title: 'under another name', imported: "{ AppModule as Root } from './root'", expression: 'Root' },
    {
      title: 'with options',
      imported: "{ AppModule } from './root'",
      expression: 'await AppModule.register({ a: 1 }), { bodyParser: false }',
    },
    { title: 'as a claim', imported: "{ AppModule } from './root'", expression: '(AppModule as Type)' },
    { title: 'through another file', imported: "{ Root } from './all'", expression: 'Root' },
    { title: 'through all exports of a file', imported: "{ AppModule } from './every'", expression: 'AppModule' },
  ])('is found $title', ({ imported, expression }) => {
    const files = {
      'src/all.ts': "export { AppModule as Root } from './root';",
      'src/every.ts': "export * from './every';\nexport * from './root';",
      'src/root.ts': `${MODULE}\n@Module({})\nexport class Unused {}\n`,
    };

    expect(changedFile({ 'src/main.ts': starting(imported, expression), ...files })).toBe('src/root.ts');
  });

  it('is found as the default of a file, in main.ts itself, and without a main.ts', () => {
    const byDefault = MODULE.replace('export class', 'export default class');

    expect(changedFile({ 'src/main.ts': starting("Root from './root'", 'Root'), 'src/root.ts': byDefault })).toBe(
      'src/root.ts',
    );
    expect(changedFile({ 'src/main.ts': `${MODULE}void NestFactory.createMicroservice(AppModule, {});` })).toBe(
      'src/main.ts',
    );
    expect(changedFile({ 'src/app.module.ts': MODULE })).toBe('src/app.module.ts');
    expect(changedFile({ 'src/app.module.js': MODULE })).toBe('src/app.module.js');
  });

  it('is that of the project of a monorepo, with its entry file', () => {
    const files = {
      'nest-cli.json': `{
        // a comment
        "monorepo": true, "sourceRoot": "apps/web/src", "projects": {
          "web": { "sourceRoot": "apps/web/src" },
          "jobs": { "sourceRoot": "apps/jobs/src", "entryFile": "worker" },
        }
      }`,
      'apps/web/src/main.ts': MAIN,
      'apps/web/src/app.module.ts': MODULE,
      'apps/jobs/src/worker.ts': starting("{ AppModule } from './jobs.module'", 'AppModule'),
      'apps/jobs/src/jobs.module.ts': MODULE,
    };

    expect(changedFile(files, 'apps/jobs/src')).toBe('apps/jobs/src/jobs.module.ts');
    expect(changedFile(files, 'apps\\web\\src')).toBe('apps/web/src/app.module.ts');
  });

  it('may not be there: in a library, or as an object', () => {
    expect(changedFile({ 'libs/a/src/index.ts': '' }, 'libs/a/src')).toContain(
      'No root module was found in libs/a/src.',
    );
    expect(
      changedFile({
        'src/main.ts': starting("{ root } from './root'", 'root'),
        'src/root.ts': 'export const root = { module: A };',
      }),
    ).toContain('No root module was found in src.');
  });

  it('is left alone where no import can be written', () => {
    const common = "const { Module } = require('@nestjs/common');\n\n@Module({})\nexport class AppModule {}\n";

    expect(changedFile({ 'src/app.module.js': common })).toContain('it has no import statements');
  });
});
