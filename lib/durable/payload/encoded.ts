import type { Encoded } from '../../core/index.js';

/** An object with this key stands for what JSON cannot say; the key names the kind of value. */
export const TAG = '$';

interface Tagged {
  readonly [TAG]: string;
  readonly v: Encoded;
}

export function tagged(kind: string, value: Encoded): Encoded {
  return { [TAG]: kind, v: value };
}

export function isTagged(value: object): value is Tagged {
  return Object.hasOwn(value, TAG);
}

/** Returns the value as the text of its JSON: `jsonb` would sort keys, and refuses the character 0 and half a character. */
export function packed(value: Encoded): Encoded {
  return tagged('json', JSON.stringify(value));
}

/** Reads what `packed` has made, and what 0.1.0 stored as it was. */
export function unpacked(value: Encoded): Encoded {
  const isPacked = typeof value === 'object' && value !== null && isTagged(value) && value[TAG] === 'json';
  return isPacked ? (JSON.parse(value.v as string) as Encoded) : value;
}
