import type { Mapping } from '../mapping.js';
import { OTHER_WAYS } from './other-ways.js';
import { RECEIVERS_OF_SAVE } from './receivers.js';
import { ROWS_OF_SAVE } from './rows.js';

export const SAVE: Mapping = { ...ROWS_OF_SAVE, ...RECEIVERS_OF_SAVE, ...OTHER_WAYS };
