import type { LoggerService } from '@nestjs/common';
import { described, memberOf } from '../core/index.js';

/** Logs an error so that every logger for Nest prints it: its stack is an argument, or else part of the message. */
export function logError(log: Pick<LoggerService, 'error'>, what: string, error: unknown): void {
  const stack = stackOf(error);
  if (/\n\s*at /.test(stack)) log.error(what, stack);
  else log.error(`${what}: ${stack}`);
}

/** The stacks of an error, of its causes and of those that it gathers, each once. */
function stackOf(error: unknown): string {
  const all = new Set([error]);
  for (const one of all) for (const further of causesOf(one)) all.add(further);
  return [...all].map(textOf).join('\ncaused by ');
}

function causesOf(error: unknown): unknown[] {
  const [cause, errors] = [memberOf(error, 'cause'), memberOf(error, 'errors')];
  return [...(cause === undefined ? [] : [cause]), ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
}

/** Not with its other properties: they may hold what was sent. */
function textOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const texts = [memberOf(error, 'stack'), memberOf(error, 'message')];
  return texts.find(text => typeof text === 'string') ?? described(error);
}
