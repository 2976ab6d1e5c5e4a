/** The text in the place of a secret, as in Django. */
export const MASK = '*'.repeat(20);

/** Names that Django masks, and names that it lets through. A part of a name is enough, so more is masked than has to be. */
const DJANGO = 'api|token|key|secret|password|signature';
const MORE =
  'pass|pwd|pin|code|otp|mfa|cvv|cvc|assertion|credential|saml|jwt|bearer|authorization|cookie|session|verifier';
const SECRET_NAME = new RegExp(`${DJANGO}|${MORE}`, 'i');

/** A secret's name in a text, up to its value: in JSON, a GraphQL document, a query string. Bounded, so that no text is slow. */
const NAMED = String.raw`(?:${DJANGO}|${MORE})[\w-]{0,32}["'\]]{0,4}\s{0,8}[:=]`;
const SECRET_TEXT = new RegExp(NAMED, 'i');

/** Secrets that are recognized by what they look like, wherever they are; the first group is left as it is. */
const SECRET_VALUES = [
  // A name and its value.
  new RegExp(String.raw`(${NAMED}\s{0,8})(?:"[^"]{0,999}"?|'[^']{0,999}'?|[^,;&)}\]"'\n]{1,999})`, 'gi'),
  /(\b(?:Bearer|Basic)\s{1,8})[\w~+/.=-]{6,}/gi,
  /(:\/\/[^\s/:@]{0,99}:)[^\s/@]{1,99}(?=@)/g,
  // A JWT, and keys that their makers give a prefix.
  /()\beyJ[\w-]{8,}(?:\.[\w-]*){1,4}/g,
  /()\b(?:[spr]k_(?:live|test)_\w{8,}|gh[pousr]_\w{20,}|xox[abprs]-[\w-]{10,}|AKIA[\dA-Z]{16})/g,
];

const CARD_NUMBER = /(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])/g;

const DEEPEST = 10;

/** Whether a value with this name is a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** Replaces secrets in a text by asterisks: values after secret names, tokens, numbers of cards. The rest stays readable. */
export function maskText(text: string): string {
  const masked = SECRET_VALUES.reduce((rest, pattern) => rest.replace(pattern, `$1${MASK}`), text);
  return masked.replace(CARD_NUMBER, digits => (isCardNumber(digits.replace(/\D/g, '')) ? MASK : digits));
}

/** By the check digit of Luhn. */
function isCardNumber(digits: string): boolean {
  const sum = digits
    .split('')
    .reverse()
    .reduce((total, digit, at) => {
      const value = Number(digit) * (at % 2 === 0 ? 1 : 2);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return sum % 10 === 0;
}

/**
 * Copies credentials with their secrets replaced by asterisks, at any depth.
 *
 * @param sensitive - further names to mask: a string is a whole name in any case, a pattern is searched for in names.
 */
export function maskCredentials(
  credentials: object,
  sensitive: readonly (string | RegExp)[] = [],
): Record<string, unknown> {
  return new Masking(credentials, sensitive).record(credentials);
}

class Masking {
  /** The objects that are being copied: one that holds itself is not copied for ever. */
  private readonly around: Set<object>;
  private readonly names: ReadonlySet<string>;
  private readonly patterns: readonly RegExp[];

  constructor(whole: object, sensitive: readonly (string | RegExp)[]) {
    this.around = new Set([whole]);
    this.names = new Set(sensitive.filter(it => typeof it === 'string').map(name => name.toLowerCase()));
    this.patterns = [SECRET_NAME, ...sensitive.filter(it => it instanceof RegExp)];
  }

  record(value: object): Record<string, unknown> {
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, this.named(name, part)]));
  }

  private named(name: unknown, value: unknown): unknown {
    return typeof name === 'string' && this.isSecret(name) ? MASK : this.copy(value);
  }

  private isSecret(name: string): boolean {
    // `search`, because `test` of a pattern with the flag g depends on the call before.
    return this.names.has(name.toLowerCase()) || this.patterns.some(pattern => name.search(pattern) >= 0);
  }

  private copy(value: unknown): unknown {
    if (typeof value === 'string') return SECRET_TEXT.test(value) ? MASK : value;
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Date) return new Date(value);
    // What cannot be looked into might hold anything.
    if (ArrayBuffer.isView(value) || this.around.has(value) || this.around.size >= DEEPEST) return MASK;
    this.around.add(value);
    const copy = this.collection(value) ?? this.record(value);
    this.around.delete(value);
    return copy;
  }

  private collection(value: object): unknown {
    if (Array.isArray(value)) return value.map(part => this.copy(part));
    if (value instanceof Set) return new Set([...value].map(part => this.copy(part)));
    if (value instanceof Map) return new Map([...value].map(([name, part]) => [name, this.named(name, part)]));
    return undefined;
  }
}
