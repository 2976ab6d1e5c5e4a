import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { getOrInsert, isA, nameOf, SignalError } from '../core/index.js';
import { foreign } from '../nest/index.js';
import type { Strategy } from './strategy.js';

/** The strategies of an application: those that log users in, and those that only say who a request is from. */
export class LoginStrategies {
  /** The providers under the classes of `login`; in a test they may be of other classes. */
  private readonly listed = new Set<unknown>();
  private known = new WeakMap<object, boolean>();

  constructor(
    private readonly modules: ModulesContainer,
    private readonly login: readonly Type[] | undefined,
  ) {}

  /** Whether a strategy logs users in: by its class, because many are registered under another name than their own. */
  logsIn(strategy: object): boolean {
    return getOrInsert(this.known, strategy, () => this.decide(strategy));
  }

  private decide(strategy: object): boolean {
    if (!this.login) return isBuiltOnPassportLocal(strategy);
    return this.listed.has(strategy) || this.login.some(type => isA(strategy, type));
  }

  /**
   * Finds every strategy that is a provider of the application.
   *
   * @throws {SignalError} `NOT_A_STRATEGY`
   */
  find(): Strategy[] {
    this.known = new WeakMap();
    const providers = [...this.modules.values()].flatMap(module => [...module.providers]);
    for (const type of this.login ?? []) {
      refuseOther(type);
      const found = providers.filter(([token, { instance }]) => token === type || isA(instance, type));
      if (found.length === 0) throw notProvided(type);
      for (const [, { instance }] of found) this.listed.add(instance);
    }
    return providers.map(([, { instance }]) => instance).filter(it => this.isStrategy(it));
  }

  private isStrategy(instance: unknown): instance is Strategy {
    if (typeof instance !== 'object' || instance === null || !foreign.isMethod(instance, 'authenticate')) return false;
    return foreign.isMethod(instance, 'getPassportInstance') || this.logsIn(instance);
  }
}

/** Whether a strategy extends that of passport-local 1.0, which is known by its fields, because an application may have several copies of the package. */
function isBuiltOnPassportLocal(strategy: object): boolean {
  return ['_usernameField', '_passwordField'].every(field => typeof foreign.valueOf(strategy, field) === 'string');
}

function refuseOther(type: unknown): asserts type is Type {
  const prototype = typeof type === 'function' ? (type.prototype as Partial<Strategy> | undefined) : undefined;
  if (typeof prototype?.authenticate === 'function') return;
  throw new SignalError('NOT_A_STRATEGY', {
    what: `${nameOf(type)} is not the class of a Passport strategy.`,
    at: 'SignalsModule.forRoot({ passport: { login } })',
    fix: type === undefined ? 'check for a circular import.' : 'list classes that extend PassportStrategy(...).',
  });
}

function notProvided(type: Type): SignalError {
  return new SignalError('NOT_A_STRATEGY', {
    what: `${type.name} is not a provider of this application, so it cannot log a user in.`,
    at: 'SignalsModule.forRoot({ passport: { login } })',
    fix: `add ${type.name} to the providers of a module, or take it off the list.`,
  });
}
