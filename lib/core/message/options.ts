import { SignalError } from './errors.js';
import { nameOf } from './sender.js';

/** The values that an option accepts, and the fix of the error for others. */
export interface OptionKind {
  readonly accepts: (value: unknown) => boolean;
  /** Returns why a value is refused, to follow "it cannot be used: ". Default: the value. */
  readonly why?: (value: unknown) => string;
  readonly fix: string;
}

/** The kinds of all options of a type: an option that has none does not compile, and one that is not listed is refused. */
export type OptionKinds<Options> = { readonly [Name in keyof Required<Options>]: OptionKind };

/** A function or a class that takes options, as its errors name it. */
export interface OptionOwner {
  /** The name in errors: `a receiver of OrderPlaced`. */
  readonly name: string;
  /** Returns the place where an option is written, or all options: `durable({ key })`, `durable()`. */
  readonly at: (option?: string) => string;
  /** The path of nested options, with a point at its end: `passport.`. */
  readonly path?: string;
  /** The fix where the options are no object. */
  readonly fix: string;
}

/** Returns the owner of the options of a call. */
export function optionOwner(call: string, fix = 'give an object, or leave it out.', name = call): OptionOwner {
  return { name, at: option => (option ? `${call}({ ${option} })` : `${call}()`), fix };
}

/** Accepts true and false. */
export const BOOLEAN: OptionKind = {
  accepts: value => typeof value === 'boolean',
  fix: 'say true or false, or leave it out.',
};

/** Accepts whole numbers from `min` to `max`. */
export function wholeNumber(min: number, max = Infinity): OptionKind {
  return {
    accepts: value => Number.isInteger(value) && (value as number) >= min && (value as number) <= max,
    fix: `give a whole number from ${min} ${max === Infinity ? 'up' : `to ${max}`}.`,
  };
}

/** Accepts functions. */
export function functionOf(parameters: string): OptionKind {
  return { accepts: value => typeof value === 'function', fix: `give a function of ${parameters}.` };
}

export function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

export function isListOfNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isName);
}

/** Returns the list that an option is, or that it stands for. */
export function listOf<T>(value: T | readonly T[] | undefined): readonly T[] | undefined {
  if (value === undefined) return undefined;
  return Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

/**
 * Refuses options that do not exist and values of the wrong kind: such a value never stands for the default.
 *
 * @throws {SignalError} `UNKNOWN_OPTION`
 */
export function checkOptions<Options>(
  owner: OptionOwner,
  options: unknown,
  kinds: OptionKinds<Options>,
): asserts options is object {
  checkIsObject(owner, options);
  const unknown = Object.keys(options).find(name => !Object.hasOwn(kinds, name));
  if (unknown !== undefined) {
    const names = Object.keys(kinds).map(name => (owner.path ?? '') + name);
    throw badOption(owner, unknown, 'there is none of that name', `use one of ${names.join(', ')}.`);
  }
  for (const [name, { accepts, why, fix }] of Object.entries<OptionKind>(kinds)) {
    const value = (options as Record<string, unknown>)[name];
    if (value !== undefined && !accepts(value))
      throw badOption(owner, name, why?.(value) ?? `it is ${shown(value)}`, fix);
  }
}

function checkIsObject({ name, at, path, fix }: OptionOwner, options: unknown): asserts options is object {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return;
  const which = path ? `option '${path.slice(0, -1)}'` : 'options';
  const what = `The ${which} of ${name} cannot be ${shown(options)}.`;
  throw new SignalError('UNKNOWN_OPTION', { what, at: at(), fix });
}

/** Returns the error for an option that cannot be used. */
export function badOption(
  { name, at, path = '' }: Omit<OptionOwner, 'fix'>,
  option: string,
  why: string,
  fix: string,
): SignalError {
  const what = `The option '${path}${option}' of ${name} cannot be used: ${why}.`;
  return new SignalError('UNKNOWN_OPTION', { what, at: at(option), fix });
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(nameOf).join(', ')}]`;
  return nameOf(value);
}
