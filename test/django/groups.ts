import { AUTH } from './auth/index.js';
import { BULK } from './bulk/index.js';
import { COMMIT } from './commit/index.js';
import { DELETE } from './delete/index.js';
import { DISPATCH } from './dispatch/index.js';
import { INHERIT } from './inherit/index.js';
import { INIT } from './init/index.js';
import { M2M } from './m2m/index.js';
import type { Mapping } from './mapping.js';
import { MISC } from './misc/index.js';
import { REQUEST } from './request/index.js';
import { SAVE } from './save/index.js';

/** The groups that are mapped; each has a spec of its name. */
export const MAPPED: Readonly<Record<string, Mapping>> = {
  auth: AUTH,
  bulk: BULK,
  commit: COMMIT,
  delete: DELETE,
  dispatch: DISPATCH,
  inherit: INHERIT,
  init: INIT,
  m2m: M2M,
  misc: MISC,
  request: REQUEST,
  save: SAVE,
};

/** The groups of which nothing is mapped yet. */
export const PENDING: readonly string[] = [];
