import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { run } from './command.ts';

const NAME = 'shop';
const TARBALL = 'nestjs-signals.tgz';
const QUIETLY = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'];

/** A monorepo is built with Rspack, which would have to be installed. */
const TSC = ['--builder', 'tsc'];

/** Packages of `nest new` that no test needs, and that take long to install. */
const UNUSED = ['oxlint', 'oxlint-tsgolint', 'prettier', '@nestjs/mau', '@vitest/coverage-v8'];

/** Nest 11 has Jest, which loads packages of ES modules with this option; its summary goes to the other stream. */
const JEST = 'NODE_OPTIONS=--experimental-vm-modules jest';
const SCRIPTS = {
  11: { test: `${JEST} 2>&1`, 'test:e2e': `${JEST} --config ./test/jest-e2e.json` },
  12: {},
};

/** The versions of Nest whose new applications are tested. */
export type Major = keyof typeof SCRIPTS;

/** An application in a folder of its own, which is gone when it is disposed of. */
class NewApplication implements AsyncDisposable {
  readonly parent: string;

  constructor(parent: string) {
    this.parent = parent;
  }

  get directory(): string {
    return join(this.parent, NAME);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.parent, { recursive: true, force: true });
  }

  /** Runs the Nest CLI of the application. */
  nest(...args: string[]): Promise<string> {
    return run(join(this.directory, 'node_modules', '.bin', 'nest'), args, this.directory);
  }

  npm(...args: string[]): Promise<string> {
    return run('npm', args, this.directory);
  }

  read(path: string): Promise<string> {
    return readFile(join(this.directory, path), 'utf8');
  }
}

/**
 * Makes a new application as its users do, adds the package to it, generates, and runs its tests; then makes it a
 * monorepo, does the same in its second application, and migrates a third.
 */
export async function checkNew(tarball: string, cli: readonly string[], major: Major): Promise<void> {
  await using application = await made(tarball, cli);
  const added = await application.nest('add', `nestjs-signals@${TARBALL}`);
  assert.equal(added.includes('Jest loads nestjs-signals'), major === 11, 'nest add says what Jest needs');
  for (const [name, script] of Object.entries(SCRIPTS[major])) {
    await application.npm('pkg', 'set', `scripts.${name}=${script}`);
  }
  await check(application, 'src/app.module.ts', [], 'AppService, ');
  await passes(application, 3);
  await application.npm('run', 'test:e2e');
  await application.nest('g', 'app', 'jobs');
  await application.nest('add', 'nestjs-signals', '--skip-install', '--project', 'jobs');
  await check(application, 'apps/jobs/src/jobs.module.ts', ['--project', 'jobs'], 'JobsService, ');
  await checkMigration(application, major);
}

/** Migrates an application of event-emitter, whose tests pass before and after. */
async function checkMigration(application: NewApplication, major: Major): Promise<void> {
  await application.nest('g', 'app', 'legacy');
  const folder = join(application.directory, 'apps', 'legacy', 'src');
  await copyOrders(folder, major);
  const main = await application.read('apps/legacy/src/main.ts');
  await writeFile(
    join(folder, 'main.ts'),
    main.replace(/LegacyModule/g, 'AppModule').replace('./legacy.module', './app.module'),
  );
  await passes(application, 8);
  const command = join(application.directory, 'node_modules', '.bin', 'nestjs-signals');
  const said = await run(command, ['migrate', '--write'], application.directory);
  assert.match(said, /stock\.low becomes StockLow, apps\/legacy\/src\/signals\/stock-low\.signal\.ts/);
  assert.match(said, /stock\.asked {2}apps\/legacy\/src\/orders\.service\.ts:18: emitAsync\(\)/);
  assert.match(await application.read('apps/legacy/src/app.module.ts'), /SignalsModule\.forRoot\(\)/);
  await application.npm('run', 'build', '--', 'legacy', ...TSC);
  await passes(application, 1, '--', 'apps/legacy/src/orders.spec.ts');
}

/** An application of Nest 11 is CommonJS, and its imports have no extension. */
async function copyOrders(folder: string, major: Major): Promise<void> {
  const orders = join(import.meta.dirname, 'applications', 'orders');
  for (const name of await readdir(orders)) {
    const source = await readFile(join(orders, name), 'utf8');
    await writeFile(join(folder, name), major === 11 ? source.replaceAll(/(from '\.[^']+)\.js'/g, "$1'") : source);
  }
}

async function check(
  application: NewApplication,
  module: string,
  project: readonly string[],
  providers: string,
): Promise<void> {
  const once = await application.read(module);
  assert.match(once, /imports: \[SignalsModule\.forRoot\(\)\]/, `nest add changes ${module}`);
  const said = await application.nest('add', 'nestjs-signals', '--skip-install', ...project);
  assert.match(said, /calls SignalsModule\.forRoot\(\) already/, 'nest add says that nothing is to be done');
  assert.equal(await application.read(module), once, 'nest add changes nothing twice');
  const generate = ['g', '-c', 'nestjs-signals'];
  await application.nest(...generate, 'signal', 'orders/OrderPlaced', ...project);
  await application.nest(...generate, 'receiver', 'order-placed', 'mails', '--flat', ...project);
  const registered = `providers: [${providers}OrderPlaced, OrderPlacedReceiver]`;
  assert.ok((await application.read(module)).includes(registered), `nest g registers what it makes in ${module}`);
  await application.npm('run', 'build', ...(project.length > 0 ? ['--', 'jobs', ...TSC] : []));
}

/** Runs the tests of an application, and counts them: those that it had, and those that were generated. */
async function passes(application: NewApplication, specs: number, ...args: readonly string[]): Promise<void> {
  const said = stripVTControlCharacters(await application.npm('test', ...args));
  assert.match(said, new RegExp(`Tests:? +${specs} passed`), `${specs} specs pass`);
}

async function made(tarball: string, [command = '', ...args]: readonly string[]): Promise<NewApplication> {
  const application = new NewApplication(await mkdtemp(join(tmpdir(), 'nestjs-signals-new-')));
  await run(
    command,
    [...args, 'new', NAME, '--skip-install', '--skip-git', '--package-manager', 'npm'],
    application.parent,
  );
  await cp(tarball, join(application.directory, TARBALL));
  await application.npm('pkg', 'delete', ...UNUSED.map(name => `devDependencies.${name}`));
  await application.npm('pkg', 'set', 'dependencies.@nestjs/event-emitter=>=3');
  await application.npm('install', ...QUIETLY);
  return application;
}
