import { nestAdd } from '../../lib/schematics/index.js';
import { Application, MAIN } from './application.js';

const FOR_ROOT = 'SignalsModule.forRoot()';

function added(module: string, main = MAIN): Application {
  return new Application({ 'src/main.ts': main, 'src/app.module.ts': module }).run(nestAdd({ sourceRoot: 'src' }));
}

/** The module, with what is between `@Module(` and `)`. */
const moduleWith = (options: string) => `import { Module } from '@nestjs/common';

@Module(${options})
export class AppModule {}
`;

/** Runs the schematic on a module with these options, and returns the options of `@Module` afterwards. */
function optionsAfter(options: string): string {
  const text = added(moduleWith(options)).text('src/app.module.ts');
  expect(text).toContain("import { SignalsModule } from 'nestjs-signals';\n\n@Module(");
  return /@Module\(([^]*)\)\nexport/.exec(text)?.[1] ?? '';
}

describe('nest add nestjs-signals', () => {
  it('adds forRoot() to a new application', () => {
    const module = moduleWith(`{\n  imports: [],\n  controllers: [],\n  providers: [],\n}`);

    expect(added(module).text('src/app.module.ts')).toBe(`import { Module } from '@nestjs/common';
import { SignalsModule } from 'nestjs-signals';

@Module({
  imports: [${FOR_ROOT}],
  controllers: [],
  providers: [],
})
export class AppModule {}
`);
  });

  it('changes nothing the second time', () => {
    const application = added(moduleWith('{}'));
    const once = application.text('src/app.module.ts');

    expect(application.run(nestAdd({ sourceRoot: 'src' })).text('src/app.module.ts')).toBe(once);
    expect(application.said).toEqual(['src/app.module.ts calls SignalsModule.forRoot() already.']);
  });

  it('says what Jest needs, if it is not there', () => {
    const saidWith = (manifest: string) =>
      new Application({ 'src/main.ts': MAIN, 'src/app.module.ts': moduleWith('{}'), 'package.json': manifest }).run(
        nestAdd({ sourceRoot: 'src' }),
      ).said;
    const saidFor = (scripts: object) => saidWith(JSON.stringify({ scripts }));

    expect(saidFor({ test: 'jest', 'test:e2e': 'node node_modules/jest/bin/jest.js --config e2e.json' })).toEqual([
      'Jest loads nestjs-signals from Node 24.9 on, with NODE_OPTIONS=--experimental-vm-modules: set it where these scripts run: test, test:e2e.',
    ]);
    const flagged = { test: 'node --experimental-vm-modules node_modules/jest/bin/jest.js', 'test:watch': 'npm test' };
    for (const scripts of [flagged, { test: 'vitest run' }, { test: 'echo jester' }, {}]) {
      expect(saidFor(scripts)).toEqual([]);
    }
    expect([saidWith(''), saidWith('{'), saidWith('{"scripts":null}')]).toEqual([[], [], []]);
  });

  it.each([
    { title: 'an empty list', before: '{ imports: [] }', after: `{ imports: [${FOR_ROOT}] }` },
    {
      title: 'one line',
      before: '{ imports: [A, B.forRoot({ c: [1] })] }',
      after: `{ imports: [A, B.forRoot({ c: [1] }), ${FOR_ROOT}] }`,
    },
    { title: 'a comma at the end of one line', before: '{ imports: [A,] }', after: `{ imports: [A, ${FOR_ROOT},] }` },
    { title: 'spreads', before: '{ imports: [...MODULES] }', after: `{ imports: [...MODULES, ${FOR_ROOT}] }` },
    {
      title: 'several lines',
      before: '{\n  imports: [\n    A,\n    forwardRef(() => B),\n  ],\n}',
      after: `{\n  imports: [\n    A,\n    forwardRef(() => B),\n    ${FOR_ROOT},\n  ],\n}`,
    },
    {
      title: 'comments after elements',
      before: "{\n  imports: [\n    A, // first, 'quoted\n    B // last\n    // C\n  ],\n}",
      after: `{\n  imports: [\n    A, // first, 'quoted\n    B, // last\n    ${FOR_ROOT}\n    // C\n  ],\n}`,
    },
    {
      title: 'lines without indentation',
      before: '{\n  imports: [\nA,\n  ],\n}',
      after: `{\n  imports: [\nA,\n${FOR_ROOT},\n  ],\n}`,
    },
    {
      title: 'a comment in an empty list',
      before: '{ imports: [/* none */] }',
      after: `{ imports: [${FOR_ROOT}/* none */] }`,
    },
    {
      title: 'tabs',
      before: '{\n\timports: [\n\t\tA,\n\t],\n}',
      after: `{\n\timports: [\n\t\tA,\n\t\t${FOR_ROOT},\n\t],\n}`,
    },
    { title: 'no imports', before: '{ providers: [] }', after: `{ imports: [${FOR_ROOT}], providers: [] }` },
    {
      title: 'no imports on several lines',
      before: '{\n  // ours\n  providers: [],\n}',
      after: `{\n  imports: [${FOR_ROOT}],\n  // ours\n  providers: [],\n}`,
    },
    { title: 'no options', before: '', after: `{ imports: [${FOR_ROOT}] }` },
    { title: 'empty options', before: '{}', after: `{ imports: [${FOR_ROOT}] }` },
    { title: 'a quoted name', before: `{ 'imports': [A] }`, after: `{ 'imports': [A, ${FOR_ROOT}] }` },
    {
      title: 'claims about types',
      before: '{ imports: [A] as const } satisfies ModuleMetadata',
      after: `{ imports: [A, ${FOR_ROOT}] as const } satisfies ModuleMetadata`,
    },
    {
      title: 'a spread before the list',
      before: '{ ...shared, imports: [A] }',
      after: `{ ...shared, imports: [A, ${FOR_ROOT}] }`,
    },
  ])('understands $title', ({ before, after }) => {
    expect(optionsAfter(before)).toBe(after);
  });

  it.each([
    { title: 'a variable', options: '{ imports: MODULES }', why: "the imports are 'imports: MODULES', and not a list" },
    { title: 'a shorthand', options: '{ imports }', why: "the imports are 'imports', and not a list" },
    { title: 'a call', options: '{ imports: modules() }', why: "the imports are 'imports: modules()', and not a list" },
    {
      title: 'a condition',
      options: '{ imports: a ? [A] : [] }',
      why: "the imports are 'imports: a ? [A] : []', and not a list",
    },
    { title: 'options elsewhere', options: 'options', why: "the options of @Module are 'options'" },
    {
      title: 'a spread that may have the list',
      options: '{ ...shared }',
      why: "the options of @Module contain '...shared', which may have imports",
    },
    {
      title: 'a spread after the list',
      options: '{ imports: [], ...shared }',
      why: "'...shared' may replace the imports",
    },
  ])('leaves $title alone, and shows what to write', ({ options, why }) => {
    const application = added(moduleWith(options));

    expect(application.text('src/app.module.ts')).toBe(moduleWith(options));
    expect(application.said).toEqual([
      [
        `src/app.module.ts was left alone: ${why}.`,
        'Write in the root module:',
        "  import { SignalsModule } from 'nestjs-signals';",
        '  @Module({ imports: [/* the others */, SignalsModule.forRoot()] })',
      ].join('\n'),
    ]);
  });

  it('keeps line ends, a byte order mark, double quotes and missing semicolons', () => {
    const before = `\uFEFFimport { Module } from "@nestjs/common"\r\n\r\n@Module({\r\n\timports: [\r\n\t\tA,\r\n\t],\r\n})\r\nexport class AppModule {}\r\n`;

    expect(added(before).text('src/app.module.ts')).toBe(
      before
        .replace('common"\r\n', 'common"\r\nimport { SignalsModule } from "nestjs-signals"\r\n')
        .replace('A,\r\n', 'A,\r\n\t\tSignalsModule.forRoot(),\r\n')
        .replace('\uFEFF', ''),
    );
    expect(added(before).tree.read('src/app.module.ts')?.subarray(0, 3)).toEqual(Buffer.from('\uFEFF'));
  });

  it('imports below imports of several lines, and into those of the package', () => {
    const several =
      "import {\n  Module,\n  Global,\n} from '@nestjs/common'; // Nest\nimport type { A } from './a';\n\n@Global()\n@Module({})\nclass AppModule {}\n";

    expect(added(several).text('src/app.module.ts')).toContain(
      "from './a';\nimport { SignalsModule } from 'nestjs-signals';\n\n@Global()",
    );
    expect(
      added(`import { Signal, type PayloadOf } from 'nestjs-signals';\n${several}`).text('src/app.module.ts'),
    ).toContain("import { Signal, type PayloadOf, SignalsModule } from 'nestjs-signals';");
    expect(added(`import * as signals from 'nestjs-signals';\n${several}`).text('src/app.module.ts')).toContain(
      '@Module({ imports: [signals.SignalsModule.forRoot()] })',
    );
    expect(added(`import type { Signal } from 'nestjs-signals';\n${several}`).text('src/app.module.ts')).toContain(
      "import { SignalsModule } from 'nestjs-signals';",
    );
  });

  it('finds @Module by any name, among other decorators and other modules', () => {
    const module = `import * as nest from '@nestjs/common';
import { Module as NestModule } from '@nestjs/common';
import { Module } from './ours';

@Module({ imports: [] })
export class Ours {}

@nest.Module({ imports: [] })
export class Inner {}

@nest.Global() @NestModule({ imports: [Inner] }) @Named('a')
export class AppModule {}
`;

    expect(added(module).text('src/app.module.ts')).toContain(`@NestModule({ imports: [Inner, ${FOR_ROOT}] })`);
    expect(
      added(module)
        .text('src/app.module.ts')
        .match(/forRoot/g),
    ).toHaveLength(1);
  });

  it('does not use the name of another class', () => {
    const module = moduleWith('{ imports: [SignalsModule] }').replace(
      '\n\n',
      "\nimport { SignalsModule } from './signals';\n\n",
    );
    const application = added(module);

    expect(application.text('src/app.module.ts')).toBe(module);
    expect(application.said[0]).toContain('it has another SignalsModule');
  });

  it.each([
    "import { SignalsModule as Django } from 'nestjs-signals';\nexport const modules = [Django.forRootAsync({ useFactory })];",
    "import * as signals from 'nestjs-signals';\nexport const modules = [signals.SignalsModule.forRoot()];",
    "const { SignalsModule: S } = require('nestjs-signals');\nmodule.exports = [S.forRoot({ http: true })];",
  ])('sees that another file has it: %j', text => {
    const files = { 'src/main.ts': MAIN, 'src/app.module.ts': moduleWith('{}'), 'src/core/core.module.ts': text };
    const application = new Application(files).run(nestAdd({ sourceRoot: 'src' }));

    expect(application.text('src/app.module.ts')).toBe(moduleWith('{}'));
    expect(application.said).toEqual(['src/core/core.module.ts calls SignalsModule.forRoot() already.']);
  });

  it('does not take a test or a feature module for it', () => {
    const files = {
      'src/main.ts': MAIN,
      'src/app.module.ts': moduleWith('{}'),
      'src/a.spec.ts': "import { SignalsModule } from 'nestjs-signals';\nSignalsModule.forRoot();",
      'src/b.ts': "import { SignalsModule } from 'nestjs-signals';\nSignalsModule.forFeature([]); Other.forRoot();",
    };
    const application = new Application(files).run(nestAdd({ sourceRoot: 'src' }));

    expect(application.text('src/app.module.ts')).toContain(FOR_ROOT);
  });
});
