import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

export const TIMEOUT_MS = 300_000;

/** Variables that `npm run` sets for scripts of this repository, and that a command in another project must not have. */
const OWN_VARIABLES = /^(NODE_OPTIONS|INIT_CWD|npm_(package|lifecycle)_.*|npm_config_(local_prefix|node_options))$/i;

/** Variables for commands that are not of this repository; Deno does not call home then. */
export function environment(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !OWN_VARIABLES.test(name));
  return { ...Object.fromEntries(others), DENO_NO_UPDATE_CHECK: '1' };
}

/**
 * Runs a command as somebody outside this repository would, without input.
 *
 * @returns what it printed.
 * @throws Error with everything that it printed when it fails, or takes longer than five minutes.
 */
export async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const options = { cwd, env: environment(), timeout: TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 };
  const running = execute(command, args, options);
  running.child.stdin?.end();
  try {
    return (await running).stdout;
  } catch (error) {
    const { code, signal, stdout, stderr } = error as { code?: unknown; signal?: unknown } & Record<string, string>;
    const outcome = String(signal ?? code);
    throw new Error(`${[command, ...args].join(' ')}\nended with ${outcome} and said:\n${stdout}${stderr}`);
  }
}
