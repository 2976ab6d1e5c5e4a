import type { Mapping } from '../mapping.js';
import { CASCADES } from './cascades.js';
import { ROWS_OF_DELETE } from './rows.js';

export const DELETE: Mapping = { ...ROWS_OF_DELETE, ...CASCADES };
