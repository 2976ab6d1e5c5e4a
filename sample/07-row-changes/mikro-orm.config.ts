// #region triggers
import { defineConfig } from '@mikro-orm/postgresql';
import { SIGNALS_SCHEMA } from 'nestjs-signals/pg-boss';
import { rowTriggers } from 'nestjs-signals/rows';
import { Product } from './product.js';

export const config = defineConfig({
  clientUrl: process.env.DATABASE_URL,
  entities: [Product],
  discovery: { afterDiscovered: rowTriggers() },
  schemaGenerator: { ignoreSchema: [SIGNALS_SCHEMA] },
});
// #endregion
