import type { ConnectionRecord } from '../core/index.js';
import type { OptionValue } from './signal-graph.js';

/** The options of a connection that a graph shows elsewhere, and those that say nothing about it. */
const SHOWN_ELSEWHERE = ['senders', 'includeSubclasses', 'delivery', 'uid', 'origin', 'isConsumed'];

/** Returns the options that a receiver and its delivery were given, as JSON has them. */
export function shownOptions({ terms }: ConnectionRecord): Record<string, OptionValue> {
  const { options = {} } = terms.delivery as { options?: object };
  const own = Object.entries(terms).filter(([name]) => !SHOWN_ELSEWHERE.includes(name));
  return Object.fromEntries(
    [...own, ...Object.entries(options)].flatMap(([name, value]) => {
      const shown = shownValue(value);
      return shown === undefined ? [] : [[name, shown] as const];
    }),
  );
}

function shownValue(value: unknown): OptionValue | undefined {
  if (typeof value === 'function') return true;
  if (Array.isArray(value)) return value.length > 0 ? value.map(String) : undefined;
  return ['string', 'number', 'boolean'].includes(typeof value) ? (value as OptionValue) : undefined;
}
