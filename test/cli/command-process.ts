import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { until } from '../sample/fixtures/leftovers.js';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const COMPILER = join(REPOSITORY, 'test/sample/fixtures/typescript.mjs');
const MAIN = join(REPOSITORY, 'lib/cli/main.ts');

interface Starting {
  readonly env?: NodeJS.ProcessEnv;
  readonly directory?: string;
  /** A line of Bash that runs the command as `"$@"`, such as `"$@" | head -1`. */
  readonly shell?: string;
  /** On a terminal of its own: everything that it prints is in `out`. */
  readonly onTerminal?: boolean;
  /** A file that Node loads first. */
  readonly preload?: string;
}

/** `nestjs-signals` as a process, from its sources. */
export class CommandProcess implements AsyncDisposable {
  out = '';
  errors = '';
  readonly ended: Promise<number | NodeJS.Signals>;
  readonly #process;
  #hasEnded = false;

  constructor(args: readonly string[], { env, directory = REPOSITORY, shell, onTerminal, preload }: Starting = {}) {
    const preloads = [COMPILER, ...(preload === undefined ? [] : [preload])].flatMap(file => ['--import', file]);
    const node = [process.execPath, ...preloads, MAIN, ...args];
    const line = shell ?? 'exec "$@"';
    const [program, ...rest] = onTerminal
      ? (['script', '-qefc', node.map(quoted).join(' '), '/dev/null'] as const)
      : (['bash', '-o', 'pipefail', '-c', line, 'bash', ...node] as const);
    const { PATH, HOME } = process.env;
    this.#process = spawn(program, rest, {
      cwd: directory,
      env: { PATH, HOME, TERM: 'xterm-256color', NODE_DISABLE_COMPILE_CACHE: '1', ...env },
    });
    this.#process.stdout.setEncoding('utf8').on('data', (text: string) => (this.out += text));
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    this.ended = once(this.#process, 'close').then(([code, signal]) => {
      this.#hasEnded = true;
      return (code ?? signal) as number | NodeJS.Signals;
    });
  }

  /** Runs it to its end, without input. */
  static async run(args: readonly string[], starting: Starting = {}) {
    await using started = new CommandProcess(args, starting);
    if (!starting.onTerminal) started.#process.stdin.end();
    const code = await started.ended;
    return { code, out: started.out, errors: started.errors };
  }

  /** Waits until it has printed this, and types an answer. */
  async answer(question: string, keys: string): Promise<void> {
    await until(() => this.out.includes(question) || this.#hasEnded);
    if (!this.out.includes(question)) throw new Error(`It did not ask ${question}, but printed:\n${this.out}`);
    this.#process.stdin.write(keys);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#hasEnded) this.#process.kill('SIGKILL');
    await this.ended;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
