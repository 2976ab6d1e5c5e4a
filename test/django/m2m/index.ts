import type { Mapping } from '../mapping.js';
import { COLLECTIONS } from './collections.js';
import { RELATIONS } from './relations.js';

export const M2M: Mapping = { ...COLLECTIONS, ...RELATIONS };
