import { described, isSecretName, MASK, maskText, memberOf } from '../../core/index.js';

/** How much of a text is looked at. */
const LOOKED_AT = 4000;

const MOST_ENTRIES = 20;
const DEEPEST = 5;

/** The statement that MikroORM puts before the message of its driver, with the values of the row. */
const STATEMENT = /\b(?:insert|update|delete|select|merge|with)\b/i;

/** Cuts a text. What is left holds no reference to the whole, which may be long. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${Buffer.from(text.slice(0, most - 1), 'utf16le')
    .toString('utf16le')
    .toWellFormed()}…`;
}

/** Returns the class and the message of whatever was thrown. Secrets, and the values of SQL statements, are not in it. */
export function errorText(error: unknown): string {
  const [name, message] = [memberOf(error, 'name'), memberOf(error, 'message')];
  const text =
    typeof message === 'string' ? `${typeof name === 'string' ? name : 'Error'}: ${message}` : described(error);
  const looked = text.slice(0, LOOKED_AT);
  return cutText(maskText(STATEMENT.test(looked) ? withoutValues(looked) : looked), 300);
}

function withoutValues(sql: string): string {
  return sql.replace(/'(?:[^']|'')*(?:'|$)/g, `'?'`);
}

/** Returns a text that shows a value, secrets masked. No code of the value runs. */
export function valueText(value: unknown, most: number): string {
  return cutText(JSON.stringify(shownValue(value)) ?? '', most);
}

/** Copies a value as JSON: long texts and lists are cut, secrets masked, and instances of classes named. */
export function shownValue(value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case 'string':
      return cutText(maskText(value.slice(0, LOOKED_AT)), 200);
    case 'number':
      return Number.isSafeInteger(value) && maskText(String(value)) === MASK ? MASK : value;
    case 'bigint':
      return cutText(maskText(`${value}n`), 50);
    case 'object':
      return value === null ? null : shownSafely(value, depth);
    case 'function':
    case 'symbol':
      return `[${typeof value}]`;
    case 'boolean':
    case 'undefined':
      return value;
  }
}

function shownSafely(value: object, depth: number): unknown {
  try {
    return shownObject(value, depth);
  } catch {
    return '[unreadable]';
  }
}

function shownObject(value: object, depth: number): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (depth >= DEEPEST) return '…';
  if (Array.isArray(value)) return shownList(value, value.length, depth);
  if (value instanceof Set) return shownList(value, value.size, depth);
  if (value instanceof Map) return shownEntries(value, value.size, depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return instanceText(value);
  const names = Object.keys(value);
  const own = names.slice(0, MOST_ENTRIES).map(name => [name, ownValue(value, name)] as const);
  return shownEntries(own, names.length, depth);
}

function shownList(list: Iterable<unknown>, size: number, depth: number): unknown[] {
  const shown: unknown[] = [];
  for (const one of list) {
    if (shown.length === MOST_ENTRIES) break;
    shown.push(shownValue(one, depth + 1));
  }
  return size > MOST_ENTRIES ? [...shown, `… ${size - MOST_ENTRIES} more`] : shown;
}

function shownEntries(entries: Iterable<readonly [unknown, unknown]>, size: number, depth: number): object {
  const shown: [string, unknown][] = [];
  for (const [key, one] of entries) {
    if (shown.length === MOST_ENTRIES) break;
    const name = typeof key === 'object' && key !== null ? '[object]' : String(key).slice(0, LOOKED_AT);
    shown.push([cutText(maskText(name), 100), isSecretName(name) ? MASK : shownValue(one, depth + 1)]);
  }
  if (size > MOST_ENTRIES) shown.push(['…', `${size - MOST_ENTRIES} more`]);
  return Object.fromEntries(shown);
}

/** `[Order 17]`: an entity may hold what must not be shown. */
function instanceText(value: object): string {
  const { constructor } = Object.getPrototypeOf(value) as { constructor?: Function };
  const name = typeof constructor === 'function' ? constructor.name : 'object';
  const id = isSecretName(name) ? undefined : ownValue(value, 'id');
  const isShown = typeof id === 'number' || typeof id === 'string' || typeof id === 'bigint';
  return cutText(isShown ? `[${name} ${maskText(String(id).slice(0, 100))}]` : `[${name}]`, 100);
}

function ownValue(value: object, name: string): unknown {
  const property = Object.getOwnPropertyDescriptor(value, name);
  return property && 'value' in property ? property.value : property && '[getter]';
}
