import { createRequire } from 'node:module';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { JestEnvironment, JestEnvironmentConfig } from '@jest/environment';
import { ModernFakeTimers } from '@jest/fake-timers';
import { ModuleMocker } from 'jest-mock';
import type { PassportStatic } from 'passport';

const require = createRequire(import.meta.url);

/** `Symbol.for` of what Jest keeps beside the state of a file. */
const KEPT = ['EVENT_HANDLERS', 'TEST_TIMEOUT_SYMBOL', 'RETRY_TIMES', 'RETRY_IMMEDIATELY', 'WAIT_BEFORE_RETRY'];

/** The types of resources that applications and servers hold open; a file that is being read is closed soon. */
const SERVING = ['TCPServerWrap', 'TCPSocketWrap', 'PipeServerWrap', 'ProcessWrap'];
/** How long what a file has closed may take to be gone. */
const CLOSING_MS = 10_000;

/** The process itself, without a context for each file; what a file leaves behind in it is taken away. */
export default class Environment implements JestEnvironment {
  readonly global = globalThis as unknown as JestEnvironment['global'];
  readonly moduleMocker = new ModuleMocker(globalThis);
  readonly fakeTimers = null;
  readonly fakeTimersModern: ModernFakeTimers;
  private readonly variables = { ...process.env };
  private readonly exit = Object.getOwnPropertyDescriptor(process, 'exit')!;
  private readonly before = serving().length;

  constructor({ projectConfig }: JestEnvironmentConfig) {
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
  }

  async setup(): Promise<void> {}

  async teardown(): Promise<void> {
    this.fakeTimersModern.dispose();
    Object.defineProperty(process, 'exit', this.exit);
    forgetVariables(this.variables);
    forgetLogins();
    for (const symbol of Object.getOwnPropertySymbols(globalThis)) {
      const { description = '' } = symbol;
      if (description === 'JEST_STATE_SYMBOL' || KEPT.includes(description)) Reflect.deleteProperty(globalThis, symbol);
    }
    await nothingIsLeft(this.before);
  }

  getVmContext(): null {
    return null;
  }

  exportConditions(): string[] {
    return ['node', 'node-addons'];
  }
}

function serving(): string[] {
  return process.getActiveResourcesInfo().filter(type => SERVING.includes(type));
}

/**
 * An application that was not closed works on beside the next file of this process, which then fails for it.
 *
 * @throws {Error} which fails the file that has left something behind.
 */
async function nothingIsLeft(before: number): Promise<void> {
  const deadline = performance.now() + CLOSING_MS;
  while (serving().length > before) {
    if (performance.now() > deadline) {
      throw new Error(
        `This file leaves open: ${serving().join(', ')}. Fix: close the applications and servers of each test.`,
      );
    }
    await nextTurn();
  }
}

function forgetVariables(before: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(process.env)) if (!Object.hasOwn(before, name)) delete process.env[name];
  Object.assign(process.env, before);
}

/** Strategies and serializers are kept by one object for a process. */
function forgetLogins(): void {
  const passport = require.cache[require.resolve('passport')]?.exports as PassportStatic | undefined;
  if (passport) Object.assign(passport, new passport.Passport());
}
