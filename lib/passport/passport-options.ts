import type { Type } from '@nestjs/common';
import { nameOf, type OptionKinds } from '../core/index.js';
import type { UserClass } from './user-signals.js';

/** The options of auth signals. */
export interface PassportOptions {
  /**
   * The strategies that log users in, by their classes; each is a provider of the application. Default: those
   * that are built on passport-local. Others, such as those of a JWT or an API key, show who sends a request: their success
   * is no login, and their failure is not reported.
   */
  login?: Type[];
  /**
   * Names of credentials to mask beside those that are masked anyway: a string is a whole name in any case, a
   * pattern is searched for in names.
   */
  sensitive?: (string | RegExp)[];
  /** The sender of `UserLoggedIn` and `UserLoggedOut` when the user is a plain object. Default: `Object`. */
  userClass?: UserClass;
}

/** The kinds of these options. */
export const PASSPORT_OPTIONS: OptionKinds<PassportOptions> = {
  login: {
    accepts: Array.isArray,
    why: value => `${nameOf(value)} is not a list`,
    fix: 'list the classes: [LocalStrategy].',
  },
  sensitive: {
    accepts: value => Array.isArray(value) && value.every(namesFields),
    why: value =>
      Array.isArray(value)
        ? `${nameOf(value.find(name => !namesFields(name)))} names nothing`
        : `${nameOf(value)} is not a list`,
    fix: 'list strings and patterns.',
  },
  userClass: {
    accepts: value => typeof value === 'function',
    why: value => `${nameOf(value)} is not a class`,
    fix: 'give the class that stands for the users.',
  },
};

function namesFields(name: unknown): boolean {
  return typeof name === 'string' || name instanceof RegExp;
}
