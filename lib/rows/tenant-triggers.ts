import type { Platform, TriggerDef } from '@mikro-orm/core';
import { inSchema } from './trigger-sql.js';

interface TriggerMaker {
  createTrigger(table: { readonly schema?: string }, trigger: TriggerDef): string;
}

/**
 * Has the schema tools of this MikroORM make the triggers of an entity of the schema `*` where they make its table: they take the
 * statement of a trigger as it is (7.2.1). A migration names no schema, and runs in that of its tenant.
 */
export function makeWithTable(platform: Platform): void {
  const maker = platform.getSchemaHelper() as TriggerMaker;
  const make = maker.createTrigger.bind(maker);
  maker.createTrigger = (table, trigger) => {
    const { schema } = table;
    const { expression } = trigger;
    if (!expression || schema === undefined || schema === platform.getDefaultSchemaName()) return make(table, trigger);
    return make(table, { ...trigger, expression: inSchema(expression, trigger, schema) });
  };
}
