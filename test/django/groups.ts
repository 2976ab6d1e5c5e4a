import { DISPATCH } from './dispatch/index.js';
import type { Mapping } from './mapping.js';

/** The groups that are mapped; each has a spec of its name. */
export const MAPPED: Readonly<Record<string, Mapping>> = { dispatch: DISPATCH };

/** The groups of which nothing is mapped yet. */
export const PENDING: readonly string[] = [
  'auth',
  'bulk',
  'commit',
  'delete',
  'inherit',
  'init',
  'm2m',
  'misc',
  'request',
  'save',
];
