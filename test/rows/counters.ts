import { defineEntity, p } from '@mikro-orm/postgresql';
import { rowSignals, rowTriggers } from 'nestjs-signals/rows';

/** Each change of a row adds one to its version. */
export class Counter {
  id!: number;
  version!: number;
}
export const CounterSchema = defineEntity({
  class: Counter,
  properties: { id: p.integer().primary(), version: p.integer() },
  triggers: rowSignals(),
});

export const ROWS = {
  discovery: { afterDiscovered: rowTriggers() },
  schemaGenerator: { ignoreSchema: ['signals'] },
};
