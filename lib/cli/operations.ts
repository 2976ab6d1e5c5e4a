import { counted, given, SignalError } from '../core/index.js';
import type { DurableSignals, MessageFilter } from '../pg-boss/index.js';
import { type Arguments, badUsage, type Command, required, textOf } from './arguments.js';
import { countsText, deadText } from './operations-text.js';
import { json, type Styled, styling, type Terminal } from './terminal.js';

const FILTERS = '--receiver, --id, --text or --failed-before';

/** Returns undefined where it was not confirmed. */
type Operation<Result> = (signals: DurableSignals, args: Arguments, terminal: Terminal) => Promise<Result | undefined>;

/** The commands on the durable messages of a database. */
export const operations = {
  counts: onMessages(async signals => {
    const all = await signals.counts();
    // There is no receiver in this process: none of them is more parked than another.
    return all.map(({ receiver, waiting, delayed, active, dead, oldestMs, paused }) => {
      return { receiver, waiting, delayed, active, dead, oldestMs, paused };
    });
  }, countsText),
  dead: onMessages(
    (signals, args) => signals.dead(filterOf(args)),
    (messages, styled, args) => deadText(messages, isEverything(filterOf(args)), styled),
  ),
  retry: changing('retry', 'retried'),
  remove: changing('remove', 'removed'),
  purge: changing('purge', 'purged'),
  pause: pausing(true, 'paused, on all machines'),
  resume: pausing(false, 'resumed'),
};

/** Runs an operation on the messages, and prints its result. */
function onMessages<Result>(
  operation: Operation<Result>,
  text: (result: Result, styled: Styled, args: Arguments) => string,
): Command {
  return async (args, terminal) => {
    const url = textOf(args, 'url') ?? terminal.env.DATABASE_URL;
    if (!url) throw withoutUrl(args);
    const { connectDurableSignals } = await import('../pg-boss/index.js');
    await using connection = await connectDurableSignals({ url, ...given({ schema: textOf(args, 'schema') }) });
    try {
      const result = await operation(connection.signals, args, terminal);
      if (result === undefined) return 1;
      terminal.out(args.values.json ? json(result) : text(result, styling(terminal), args));
      return 0;
    } catch (error) {
      throw (error as { code?: unknown }).code === '42501' ? denied(args, error as Error) : error;
    }
  };
}

/** An operation that changes messages. One that forgets them asks first, and so does one that changes all of them. */
function changing(name: 'retry' | 'remove' | 'purge', done: string): Command {
  const forgets = name !== 'retry';
  const change: Operation<Record<string, number>> = async (signals, args, terminal) => {
    const filter = filterOf(args);
    const asks = (forgets || isEverything(filter)) && !args.values.yes;
    if (!asks || (await isConfirmed(args, filter, terminal))) return { [done]: await signals[name](filter) };
    terminal.error('Nothing was changed.\n');
    return undefined;
  };
  const onAll = onMessages(change, changed => `${counted(changed[done]!, 'message')} ${done}.\n`);
  return async (args, terminal) => {
    if (forgets && isEverything(filterOf(args)))
      throw badUsage(name, [], `Without ${FILTERS} it would forget the messages of every receiver`);
    return onAll(args, terminal);
  };
}

function pausing(paused: boolean, done: string): Command {
  return onMessages(
    async (signals, args) => {
      const receiver = required(args);
      await (paused ? signals.pause(receiver) : signals.resume(receiver));
      return { receiver, paused };
    },
    ({ receiver }) => `${receiver} is ${done}.\n`,
  );
}

/** @throws {SignalError} `NOT_CONFIRMED` where there is no terminal to answer on. */
async function isConfirmed({ command }: Arguments, filter: MessageFilter, { confirm }: Terminal): Promise<boolean> {
  const which = Object.entries(filter).map(([name, value]) => `${name} ${shown(value)}`);
  const messages = which.length > 0 ? `the messages with ${which.join(', ')}` : 'the messages of every receiver';
  if (confirm) return confirm(`${command} ${messages}?`);
  throw new SignalError('NOT_CONFIRMED', {
    what: `${command} changes ${messages}, and there is no terminal to confirm it on.`,
    at: `nestjs-signals ${command}`,
    fix: 'add --yes.',
  });
}

function shown(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  return Array.isArray(value) ? value.join(' or ') : String(value);
}

function isEverything(filter: MessageFilter): boolean {
  return Object.keys(filter).every(name => name === 'limit');
}

/** @throws {SignalError} `UNKNOWN_OPTION` */
function filterOf(args: Arguments): MessageFilter {
  const [receiver, text, before, limit] = ['receiver', 'text', 'failed-before', 'limit'].map(name =>
    textOf(args, name),
  );
  const ids = args.values.id as string[] | undefined;
  const failedBefore = before === undefined ? undefined : new Date(before);
  if (failedBefore && Number.isNaN(failedBefore.getTime()))
    throw badUsage(args.command, ['--failed-before', String(before)], `'${before}' is no time`);
  if (limit !== undefined && !/^[1-9]\d*$/.test(limit))
    throw badUsage(args.command, ['--limit', limit], `Option '--limit' is a whole number from 1 up`);
  return given({ receiver, ids, text, failedBefore, limit: limit === undefined ? undefined : Number(limit) });
}

function withoutUrl({ command }: Arguments): SignalError {
  return new SignalError('DATABASE_UNREACHABLE', {
    what: 'The database of the durable messages is not named.',
    at: `nestjs-signals ${command}`,
    fix: 'set DATABASE_URL, or add --url postgresql://user:password@host:5432/database.',
  });
}

function denied({ command }: Arguments, cause: Error): SignalError {
  return new SignalError('SCHEMA_MISSING', {
    what: `The role of the URL may not do that: ${cause.message}.`,
    at: `nestjs-signals ${command}`,
    fix: 'give the URL of another role, or grant this one what the message of PostgreSQL names.',
    cause,
  });
}
