import type { CanActivate, Type } from '@nestjs/common';
import { BOOLEAN, canWait, checkOptions, type OptionKinds, optionOwner, wholeNumber } from '../core/index.js';

/** A guard of Nest: a class, which is made like a provider, or an object. */
export type PageGuard = Type<CanActivate> | CanActivate;

/** The options of the live page. */
export interface SignalsInspectorOptions {
  /** Where the page is, below the global prefix of the application. Default: `signals`. */
  path?: string;
  /** Whether there is a page. Default: true, and false where `NODE_ENV` is `production`. */
  enabled?: boolean;
  /** Decides who may see the page; of several each must agree. Needed in production. Default: none. */
  guard?: PageGuard | readonly PageGuard[];
  /** Whether dead messages can be retried and removed, and receivers paused, from the page. Default: as `enabled` is by default. */
  operations?: boolean;
  /** Whether sends are recorded while a page is open. Default: true. */
  record?: boolean;
  /** How many sends are kept, each with at most 2 KB. Default: 500. */
  recent?: number;
  /** Whether values of payloads and contexts are shown, secrets masked. Default: false, names only. */
  payloads?: boolean;
  /** A send or a receiver that takes longer is slow, in milliseconds. Default: 500. */
  slowMs?: number;
}

/** The token of the options of a page, checked. */
export const INSPECTOR_SETTINGS: unique symbol = Symbol('InspectorSettings');

/** The options of a page, with those that were left out. */
export interface InspectorSettings extends Readonly<Required<Omit<SignalsInspectorOptions, 'enabled' | 'guard'>>> {
  readonly isOn: boolean;
  readonly guards: readonly PageGuard[];
}

const OWNER = optionOwner('SignalsInspectorModule.forRoot', 'give an object, or nothing.', 'SignalsInspectorModule');

const OPTIONS: OptionKinds<SignalsInspectorOptions> = {
  path: {
    accepts: value => typeof value === 'string' && /^\/?(?:[\w~-][\w.~-]*(?:\/[\w~-][\w.~-]*)*)?\/?$/.test(value),
    fix: `give a plain path, such as 'signals' or 'admin/signals'.`,
  },
  enabled: BOOLEAN,
  guard: {
    accepts: value => (Array.isArray(value) ? value.length > 0 && value.every(isGuard) : isGuard(value)),
    why: () => 'it has no canActivate()',
    fix: 'give a guard of Nest, or a list of guards; leave it out for none.',
  },
  operations: BOOLEAN,
  record: BOOLEAN,
  recent: wholeNumber(1, 10_000),
  payloads: BOOLEAN,
  slowMs: { accepts: value => canWait(value, { min: 0 }), fix: 'give milliseconds, 0 or more.' },
};

/** @throws {SignalError} `UNKNOWN_OPTION` */
export function settingsOf(options: SignalsInspectorOptions): InspectorSettings {
  checkOptions(OWNER, options, OPTIONS);
  const { path = 'signals', guard, record = true, recent = 500, payloads = false, slowMs = 500 } = options;
  const { enabled = !isProduction(), operations = !isProduction() } = options;
  const guards = guard === undefined ? [] : [guard].flat();
  const plain = path.replaceAll(/^\/|\/$/g, '');
  return { path: plain, isOn: enabled, guards, operations, record, recent, payloads, slowMs };
}

export function isProduction(): boolean {
  return process.env.NODE_ENV === 'production';
}

function isGuard(value: unknown): boolean {
  const holder: unknown = typeof value === 'function' ? value.prototype : value;
  return typeof (holder as Partial<CanActivate> | null | undefined)?.canActivate === 'function';
}
