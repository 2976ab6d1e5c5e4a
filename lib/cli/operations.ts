import { SignalError } from '../core/index.js';
import { type Arguments, badUsage, required, textOf } from './arguments.js';
import { countsText, deadText } from './operations-text.js';
import { styling, type Terminal } from './terminal.js';
import type { DurableSignals, MessageFilter } from '../pg-boss/index.js';

type Operation = (signals: DurableSignals, args: Arguments, terminal: Terminal) => Promise<number>;

/** Runs an operation on the durable messages of a database. */
export function onMessages(operation: Operation): (args: Arguments, terminal: Terminal) => Promise<number> {
  return async (args, terminal) => {
    const url = textOf(args, 'url') ?? terminal.env.DATABASE_URL;
    if (!url) throw withoutUrl(args);
    const { connectDurableSignals } = await import('../pg-boss/index.js');
    const schema = textOf(args, 'schema');
    await using connection = await connectDurableSignals({ url, ...(schema !== undefined && { schema }) });
    try {
      return await operation(connection.signals, args, terminal);
    } catch (error) {
      throw (error as { code?: unknown }).code === '42501' ? denied(args, error as Error) : error;
    }
  };
}

export const counts = onMessages(async (signals, { values }, terminal) => {
  const all = await signals.counts();
  // There is no receiver in this process: none of them is more parked than another.
  const shown = all.map(({ receiver, waiting, delayed, active, dead: died, oldestMs, paused }) => {
    return { receiver, waiting, delayed, active, dead: died, oldestMs, paused };
  });
  terminal.out(values.json ? json(shown) : countsText(shown, styling(terminal)));
  return 0;
});

export const dead = onMessages(async (signals, args, terminal) => {
  const filter = filterOf(args);
  const messages = await signals.dead(filter);
  terminal.out(args.values.json ? json(messages) : deadText(messages, isEverything(filter), styling(terminal)));
  return 0;
});

export const retry = changing('retried', (signals, filter) => signals.retry(filter));
export const remove = changing('removed', (signals, filter) => signals.remove(filter), { forgets: true });
export const purge = changing('purged', (signals, filter) => signals.purge(filter), { forgets: true });

export const pause = onMessages(async (signals, args, terminal) => {
  const uid = required(args, 0);
  await signals.pause(uid);
  terminal.out(args.values.json ? json({ receiver: uid, paused: true }) : `${uid} is paused, on all machines.\n`);
  return 0;
});

export const resume = onMessages(async (signals, args, terminal) => {
  const uid = required(args, 0);
  await signals.resume(uid);
  terminal.out(args.values.json ? json({ receiver: uid, paused: false }) : `${uid} is resumed.\n`);
  return 0;
});

/** An operation that changes messages. One that forgets them asks first, and so does one that changes all of them. */
function changing(
  done: string,
  change: (signals: DurableSignals, filter: MessageFilter) => Promise<number>,
  { forgets = false } = {},
): (args: Arguments, terminal: Terminal) => Promise<number> {
  const onAll = onMessages(async (signals, args, terminal) => {
    const filter = filterOf(args);
    const asks = forgets || isEverything(filter);
    if (asks && !args.values.yes && !(await isConfirmed(args, filter, terminal))) {
      terminal.error('Nothing was changed.\n');
      return 1;
    }
    const count = await change(signals, filter);
    terminal.out(args.values.json ? json({ [done]: count }) : `${count} message${count === 1 ? '' : 's'} ${done}.\n`);
    return 0;
  });
  return async (args, terminal) => {
    if (forgets && isEverything(filterOf(args))) throw withoutFilter(args);
    return onAll(args, terminal);
  };
}

function withoutFilter({ command }: Arguments): SignalError {
  const filters = '--receiver, --id, --text or --failed-before';
  return badUsage(command, [], `Without ${filters} it would forget the messages of every receiver`);
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
  return {
    ...(receiver !== undefined && { receiver }),
    ...(ids && { ids }),
    ...(text !== undefined && { text }),
    ...(failedBefore && { failedBefore }),
    ...(limit !== undefined && { limit: Number(limit) }),
  };
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

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
