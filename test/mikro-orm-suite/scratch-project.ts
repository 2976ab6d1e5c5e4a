import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment, run } from '../package/command.ts';
import { REPOSITORY } from '../package/tarball.ts';

const ORM_PACKAGES = 'core sql sqlite postgresql pglite decorators reflection migrations seeder'.split(' ');
const OTHER_PACKAGES = '@nestjs/common @nestjs/core @electric-sql/pglite dataloader pg reflect-metadata rxjs'.split(
  ' ',
);

/** Marks a file whose tests need another database, or MikroORM's own sources. */
const NOT_HERE =
  /initORM(Mongo|MySql|MsSql|OracleDb)|'\.\.?\/.*packages\/|@mikro-orm\/(\w+-)*(mongodb|mysql|mariadb|mssql|oracledb|libsql|generator|cli)'/;

export type Outcomes = ReadonlyMap<string, 'passed' | 'failed' | 'hung'>;

/** A folder with MikroORM's tests, the installed MikroORM, and the packed package. */
export class ScratchProject {
  private readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** @param checkout a checkout of MikroORM's repository. */
  static async of(checkout: string, tarball: string): Promise<ScratchProject> {
    const project = new ScratchProject(await mkdtemp(join(tmpdir(), 'nestjs-signals-suite-')));
    try {
      await project.fill(checkout);
      await project.install(tarball);
      return project;
    } catch (error) {
      await project.remove();
      throw error;
    }
  }

  /** The files with tests that need no database but SQLite, PGlite and PostgreSQL, relative to the tests. */
  async testFiles(): Promise<string[]> {
    const files = await readdir(join(this.directory, 'tests'), { recursive: true });
    const tests = files.filter(
      file => /^(features|issues)\/.*\.test\.ts$/.test(file) && !file.includes('decorators/es'),
    );
    const sources = await Promise.all(tests.map(file => readFile(join(this.directory, 'tests', file), 'utf8')));
    return tests.filter((_, index) => !NOT_HERE.test(sources[index] ?? '')).sort();
  }

  /**
   * Runs tests, in one process that is ended after a while.
   *
   * @returns what became of each; of a file that never ends, and whose tests are thus not known: `hung`.
   */
  async run(files: readonly string[], attached: boolean, databaseUrl: string): Promise<Outcomes> {
    const report = join(this.directory, 'report.json');
    await rm(report, { force: true });
    const ended = await this.vitest(files, attached, databaseUrl, report);
    const outcomes = await readFile(report, 'utf8').then(
      text => outcomesIn(text, this.directory),
      () => undefined,
    );
    if (ended && outcomes) return outcomes;
    if (files.length === 1) return new Map([[files[0] as string, 'hung']]);
    const half = Math.ceil(files.length / 2);
    const first = await this.run(files.slice(0, half), attached, databaseUrl);
    return new Map([...first, ...(await this.run(files.slice(half), attached, databaseUrl))]);
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  private async fill(checkout: string): Promise<void> {
    await cp(join(checkout, 'tests'), join(this.directory, 'tests'), { recursive: true });
    await cp(join(checkout, 'tsconfig.build.json'), join(this.directory, 'tsconfig.json'));
    for (const file of ['attached.ts', 'vitest.config.mjs']) {
      await cp(join(import.meta.dirname, file), join(this.directory, file));
    }
    await writeFile(join(this.directory, 'stand-ins.json'), JSON.stringify(await this.importedNames()));
    await writeFile(join(this.directory, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  }

  /** Every name that the tests import from a package. */
  private async importedNames(): Promise<string[]> {
    const tests = join(this.directory, 'tests');
    const files = (await readdir(tests, { recursive: true })).filter(file => file.endsWith('.ts'));
    const sources = await Promise.all(files.map(file => readFile(join(tests, file), 'utf8')));
    const imports = sources.flatMap(source => [...source.matchAll(/import \{([^}]*)\} from '[^.]/g)]);
    const names = imports.flatMap(([, list = '']) => list.split(',').map(name => name.trim().split(' as ')[0] ?? ''));
    return [...new Set(names.filter(name => /^[A-Z]\w*$/i.test(name)))];
  }

  private async install(tarball: string): Promise<void> {
    const { devDependencies } = JSON.parse(await readFile(join(REPOSITORY, 'package.json'), 'utf8'));
    const orm = ORM_PACKAGES.map(name => `@mikro-orm/${name}@${devDependencies['@mikro-orm/core']}`);
    const others = OTHER_PACKAGES.map(name => [name, devDependencies[name]].filter(Boolean).join('@'));
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    await run('npm', ['install', ...flags, ...orm, ...others, 'vitest@4.1.11', 'uuid@11', tarball], this.directory);
  }

  /** @returns whether it ended by itself. */
  private vitest(files: readonly string[], attached: boolean, databaseUrl: string, report: string): Promise<boolean> {
    const { port } = new URL(databaseUrl);
    const env = { ...environment(), MIKRO_ORM_PORT: port, SIGNALS_ATTACHED: attached ? 'yes' : '', TZ: 'UTC' };
    const program = join(this.directory, 'node_modules', 'vitest', 'vitest.mjs');
    const args = [program, 'run', '--reporter=json', `--outputFile=${report}`, ...files.map(file => `tests/${file}`)];
    // In a group of its own, for the process that hangs is not the one that is started here.
    const child = spawn(process.execPath, args, { cwd: this.directory, env, stdio: 'ignore', detached: true });
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), 60_000 + 4000 * files.length);
      child.once('error', reject).once('exit', (_, signal) => {
        clearTimeout(limit);
        resolve(signal === null);
      });
    });
  }
}

function outcomesIn(report: string, directory: string): Outcomes {
  const { testResults } = JSON.parse(report) as { testResults: TestFile[] };
  const outcomes = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'passed' || status === 'failed')
      .map(({ fullName, status }) => [`${name.slice(`${directory}/tests/`.length)} ${fullName}`, status] as const),
  );
  return new Map(outcomes);
}

interface TestFile {
  readonly name: string;
  readonly assertionResults: readonly { fullName: string; status: 'passed' | 'failed' }[];
}
