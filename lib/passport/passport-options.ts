import type { Type } from '@nestjs/common';
import { nameOf, SignalError } from '../core/index.js';
import { checkOptionNames } from '../nest/index.js';
import type { UserClass } from './user-signals.js';

/** The options of auth signals. */
export interface PassportOptions {
  /**
   * The strategies that log users in, by their classes; each is a provider of the application. Default: those
   * that are built on passport-local. Other strategies only show who a request is from.
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

const OPTION_NAMES: readonly (keyof PassportOptions)[] = ['login', 'sensitive', 'userClass'];

/** @throws {SignalError} `UNKNOWN_OPTION` */
export function checkPassportOptions(options: PassportOptions): void {
  checkOptionNames(options, OPTION_NAMES, 'passport.');
  const { login = [], sensitive = [], userClass } = options;
  if (!Array.isArray(login))
    throw badOption('login', `${nameOf(login)} is not a list`, 'list the classes: [LocalStrategy].');
  if (!Array.isArray(sensitive)) throw badOption('sensitive', `${nameOf(sensitive)} is not a list`, 'list the names.');
  const wrong = sensitive.filter(name => typeof name !== 'string' && !(name instanceof RegExp));
  if (wrong.length > 0) throw badOption('sensitive', `${nameOf(wrong[0])} names nothing`, 'give strings and patterns.');
  if (userClass !== undefined && typeof userClass !== 'function') {
    throw badOption('userClass', `${nameOf(userClass)} is not a class`, 'give the class that stands for the users.');
  }
}

function badOption(name: string, why: string, fix: string): SignalError {
  return new SignalError('UNKNOWN_OPTION', {
    what: `The option 'passport.${name}' of SignalsModule cannot be used: ${why}.`,
    at: `SignalsModule.forRoot({ passport: { ${name} } })`,
    fix,
  });
}
