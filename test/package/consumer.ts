import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { environment, run, TIMEOUT_MS } from './command.ts';

/** The TypeScript compiler and the types of Node that a consumer compiles with. */
const TOOLS = ['typescript@6.0.3', '@types/node@24'];

/** A project that `nest new` makes, as far as the compiler is concerned. */
const COMPILER_OPTIONS = {
  target: 'es2024',
  lib: ['es2024', 'esnext.disposable'],
  types: ['node'],
  strict: true,
  skipLibCheck: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
};

/** No package needs an install script, and some of those call home. */
const QUIETLY = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/** How a consumer lets its compiler find packages. */
export type ModuleResolution = 'nodenext' | 'bundler';

/** A project outside this repository that uses the package as its users do. It is gone when it is disposed of. */
export class Consumer implements AsyncDisposable {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** An empty project with these packages, and TypeScript, installed. A package may be the path of a tarball. */
  static with(...packages: string[]): Promise<Consumer> {
    return Consumer.made(consumer => consumer.install(...packages, ...TOOLS));
  }

  /** A project with these packages, whether or not their peers agree. */
  static forced(...packages: string[]): Promise<Consumer> {
    return Consumer.made(consumer => consumer.npm('install', '--force', ...QUIETLY, ...packages));
  }

  private static async made(install: (consumer: Consumer) => Promise<unknown>): Promise<Consumer> {
    const consumer = new Consumer(await mkdtemp(join(tmpdir(), 'nestjs-signals-consumer-')));
    try {
      await consumer.npm('init', '--yes');
      await install(consumer);
    } catch (error) {
      await consumer[Symbol.asyncDispose]();
      throw error;
    }
    return consumer;
  }

  /** @throws Error when npm cannot make the packages and their peers agree. */
  async install(...packages: string[]): Promise<void> {
    await this.npm('install', ...QUIETLY, ...packages);
    await this.npm('ls', '--all');
  }

  hasInstalled(name: string): boolean {
    return existsSync(join(this.directory, 'node_modules', name));
  }

  /** Writes files, given by their path in the project. */
  async write(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [path, content] of Object.entries(files)) {
      const file = join(this.directory, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    }
  }

  /**
   * Compiles files of the project, beside themselves, with the project's own TypeScript; `bundler` only checks the types.
   *
   * @throws Error with what the compiler says.
   */
  async compile(files: readonly string[], resolution: ModuleResolution = 'nodenext'): Promise<void> {
    const modules =
      resolution === 'bundler'
        ? { module: 'esnext', moduleResolution: 'bundler', noEmit: true }
        : { module: 'nodenext', moduleResolution: 'nodenext' };
    const config = { compilerOptions: { ...COMPILER_OPTIONS, ...modules }, files };
    await this.write({ 'tsconfig.json': JSON.stringify(config, undefined, 2) });
    await this.node(join('node_modules', 'typescript', 'bin', 'tsc'), '-p', '.');
  }

  /**
   * Runs a program of the project with the running Node. Its flags stand before it.
   *
   * @returns what it printed.
   */
  node(...args: string[]): Promise<string> {
    return run(process.execPath, args, this.directory);
  }

  /**
   * Runs a command that a package of the project brings along.
   *
   * @returns what it printed.
   */
  tool(name: string, ...args: string[]): Promise<string> {
    return run(join(this.directory, 'node_modules', '.bin', name), args, this.directory);
  }

  /**
   * Runs a program of the project that does not end by itself, and ends it.
   *
   * @returns the first line that it prints; nothing when it prints none within five minutes.
   */
  async firstLineOf(program: string): Promise<string> {
    const options = { cwd: this.directory, env: environment(), timeout: TIMEOUT_MS };
    const child = spawn(process.execPath, [program], { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      for await (const line of createInterface({ input: child.stdout })) return line;
      return '';
    } finally {
      child.kill('SIGKILL');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  private npm(...args: string[]): Promise<string> {
    return run('npm', args, this.directory);
  }
}
