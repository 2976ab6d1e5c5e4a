/** What JSON cannot say is an object with this key, which names what it is. */
export const TAG = '$';

/** A value as it is stored: JSON that PostgreSQL takes. */
export type Encoded = string | number | boolean | null | Encoded[] | { [key: string]: Encoded };

/** PostgreSQL stores neither the character 0 nor half a character. */
export function isStorableText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

export function tagged(kind: string, value: Encoded): Encoded {
  return { [TAG]: kind, v: value };
}
