import { described, isSecretName, MASK, maskText, memberOf } from '../../core/index.js';

/** How much of a value is shown. */
interface Limits {
  readonly characters: number;
  readonly entries: number;
  readonly depth: number;
}

const SMALL: Limits = { characters: 200, entries: 20, depth: 5 };
/** The limits for the one message that a page has open. */
export const LARGE: Limits = { characters: 2000, entries: 200, depth: 12 };

/** How much of a text is looked at. */
const LOOKED_AT = 8000;

/** The statement that MikroORM puts before the message of its driver, with the values of the row. */
const STATEMENT =
  /\b(?:insert into|delete from|merge into|update [^\s]{1,99} (?:as [^\s]{1,99} )?set|select .{1,999} from)\b/is;

/** Cuts a text. The rest holds no reference to the whole, which may be long. */
export function cutText(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${Buffer.from(text.slice(0, most - 1), 'utf16le')
    .toString('utf16le')
    .toWellFormed()}…`;
}

/** Returns the class and the message of whatever was thrown. Secrets, and the values of SQL statements, are not in it. */
export function errorText(error: unknown): string {
  const [name, message] = [memberOf(error, 'name'), memberOf(error, 'message')];
  const kind = typeof name === 'string' ? name : 'Error';
  return cutText(withoutSecrets(typeof message === 'string' ? `${kind}: ${message}` : described(error)), 300);
}

/** Returns a stack, which begins with the message of its error. */
export function stackText(stack: string): string {
  return cutText(withoutSecrets(stack), 4000);
}

function withoutSecrets(text: string): string {
  const looked = text.slice(0, LOOKED_AT);
  return maskText(STATEMENT.test(looked) ? looked.replace(/'(?:[^']|'')*(?:'|$)/g, `'?'`) : looked);
}

/** Returns a text that shows a value, secrets masked. No code of the value runs. */
export function valueText(value: unknown, most: number): string {
  return cutText(JSON.stringify(shownValue(value)) ?? '', most);
}

/** Copies a value as JSON: long texts and lists are cut, secrets masked, and instances of classes named. */
export function shownValue(value: unknown, limits: Limits = SMALL): unknown {
  return new Copy(limits, text => cutText(maskText(text.slice(0, LOOKED_AT)), limits.characters)).of(value, 0);
}

/** Copies the names in a value, with the kinds of its values. */
export function shapeOf(value: unknown): unknown {
  return new Copy(LARGE, (text, kind) => (kind === 'string' ? `text (${text.length})` : kind)).of(value, 0);
}

class Copy {
  constructor(
    private readonly limits: Limits,
    /** Shows a primitive value. */
    private readonly shown: (text: string, kind: string) => string,
  ) {}

  of(value: unknown, depth: number): unknown {
    if (value === null || value === undefined) return value;
    if (typeof value === 'object') return this.object(value, depth);
    if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
    const text = `${value as string | number | boolean | bigint}`;
    const shown = this.shown(text, typeof value);
    const isAsItIs = shown === text && (typeof value === 'number' || typeof value === 'boolean');
    return isAsItIs ? value : shown;
  }

  private object(value: object, depth: number): unknown {
    try {
      if (value instanceof Date)
        return Number.isNaN(value.getTime()) ? 'Invalid Date' : this.shown(value.toISOString(), 'date');
      if (depth >= this.limits.depth) return '…';
      if (Array.isArray(value)) return this.list(value, value.length, depth);
      if (value instanceof Set) return this.list(value, value.size, depth);
      if (value instanceof Map) return this.entries(value, value.size, depth);
      if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype !== Object.prototype && prototype !== null) return instanceText(value);
      const names = Object.keys(value);
      const own = names.slice(0, this.limits.entries).map(name => [name, ownValue(value, name)] as const);
      return this.entries(own, names.length, depth);
    } catch {
      return '[unreadable]';
    }
  }

  private list(list: Iterable<unknown>, size: number, depth: number): unknown[] {
    const copied = [...Iterator.from(list).take(this.limits.entries)].map(one => this.of(one, depth + 1));
    return size > copied.length ? [...copied, `… ${size - copied.length} more`] : copied;
  }

  private entries(entries: Iterable<readonly [unknown, unknown]>, size: number, depth: number): object {
    const copied = [...Iterator.from(entries).take(this.limits.entries)].map(([key, one]) => {
      const name = typeof key === 'object' && key !== null ? '[object]' : String(key).slice(0, LOOKED_AT);
      return [cutText(maskText(name), 100), isSecretName(name) ? MASK : this.of(one, depth + 1)] as const;
    });
    return Object.fromEntries(size > copied.length ? [...copied, ['…', `${size - copied.length} more`]] : copied);
  }
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
