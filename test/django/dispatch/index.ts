import type { Mapping } from '../mapping.js';
import { ASYNC } from './async.js';
import { CONNECTIONS } from './connections.js';
import { ERRORS } from './errors.js';
import { LIFETIMES } from './lifetimes.js';
import { PAYLOADS } from './payloads.js';
import { SENDERS } from './senders.js';

export const DISPATCH: Mapping = { ...CONNECTIONS, ...SENDERS, ...PAYLOADS, ...ERRORS, ...LIFETIMES, ...ASYNC };
