import type { EntityMetadata, MetadataStorage, Platform, TriggerDef } from '@mikro-orm/core';
import { checkOptions, optionOwner, SignalError } from '../core/index.js';
import { familyOf } from './family.js';
import { isPlace, rowSignalsOf, type RowSignalsOptions } from './row-signals.js';
import { sentColumns } from './sent-columns.js';
import type { RowJobs } from './trigger-names.js';
import { inSchema, RowTrigger, triggersOf } from './trigger-sql.js';

export interface RowTriggersOptions {
  /** The schema of the jobs: that of `pgBoss({ schema })`. Default: `signals`. */
  schema?: string;
  /**
   * Whether a change wakes the relay. PostgreSQL lets transactions that notify COMMIT one after another; without it they wait for none, and
   * the relay looks every second. Default: true.
   */
  notify?: boolean;
}

const OWNER = optionOwner('rowTriggers');

/**
 * Adds the triggers of `@RowSignals` entities to what MikroORM knows of the schema, so that its schema generator and its
 * migrations make, compare and drop them: `discovery: { afterDiscovered: rowTriggers() }` in its configuration.
 *
 * @throws {SignalError} `UNKNOWN_OPTION`; when MikroORM starts `UNKNOWN_FIELD`, `DELIVERY_NOT_AVAILABLE`.
 */
export function rowTriggers(options: RowTriggersOptions = {}): (storage: MetadataStorage, platform: Platform) => void {
  checkOptions<RowTriggersOptions>(OWNER, options, {
    schema: {
      accepts: value => typeof value === 'string' && /^(?!pg_)[a-z_][a-z0-9_]{0,49}$/.test(value),
      fix: 'give the schema of pgBoss({ schema }).',
    },
    notify: { accepts: value => typeof value === 'boolean', fix: 'give true or false.' },
  });
  const { schema = 'signals', notify = true } = options;
  return (storage, platform) => addTriggers([...storage.getAll().values()], platform, { schema, notify });
}

/** The triggers that the tables of these entities have. */
export function rowTriggersOf(meta: EntityMetadata): RowTrigger[] {
  return meta.triggers.filter(trigger => trigger instanceof RowTrigger);
}

/** Whether changes of an entity's rows are noted: in its own table, or in that of the entity that it is a part of. */
export function hasRowSignals(meta: EntityMetadata): boolean {
  return rowTriggersOf(meta).length > 0 || rowTriggersOf(meta.root).length > 0;
}

function addTriggers(all: readonly EntityMetadata[], platform: Platform, jobs: RowJobs): void {
  const signalled = new Map<EntityMetadata, RowSignalsOptions>();
  for (const meta of all) {
    const options = rowSignalsOf(meta);
    if (options && isTable(meta)) signalled.set(tableOf(meta), options);
  }
  for (const meta of all) meta.triggers = meta.triggers.filter(trigger => !isPlace(trigger));
  const schemaOf = ({ schema }: EntityMetadata) => schema ?? platform.getConfig().get('schema');
  const add = (meta: EntityMetadata, options: RowSignalsOptions) => {
    if (rowTriggersOf(meta).length > 0) return;
    const table = { schema: schemaOf(meta), name: meta.tableName };
    const family = familyOf(meta, [...signalled.keys()], schemaOf);
    // The list may be that of a schema which another MikroORM reads, too.
    meta.triggers = [...meta.triggers, ...triggersOf(table, sentColumns(meta, options), jobs, family)];
  };
  for (const [meta, options] of signalled) {
    if (platform.getDefaultSchemaName() !== 'public') throw notPostgres(meta);
    add(meta, options);
    for (const pivot of pivotsOf(meta, options, all)) add(pivot, {});
  }
  if ([...signalled.keys()].some(({ schema }) => schema === '*')) makeWithTable(platform);
}

function isTable(meta: EntityMetadata): boolean {
  const { abstract, embeddable, virtual, view, expression, pivotTable, inheritanceType } = meta;
  // With table-per-type an abstract class has a table, too.
  return !embeddable && !virtual && !view && !expression && !pivotTable && (!abstract || inheritanceType === 'tpt');
}

/** The entity that a table is made for: those that share one with single-table inheritance are parts of it. */
function tableOf(meta: EntityMetadata): EntityMetadata {
  return meta.root.inheritanceType === 'sti' || meta.root.discriminatorColumn ? meta.root : meta;
}

/** The pivot tables of the relations that an entity owns and that are sent. */
function pivotsOf(meta: EntityMetadata, { omit, only }: RowSignalsOptions, all: readonly EntityMetadata[]) {
  const owned = Object.values(meta.properties).filter(({ kind, owner, name }) => {
    return kind === 'm:n' && owner && !omit?.includes(name) && (only?.includes(name) ?? true);
  });
  return all.filter(({ pivotTable, class: pivot }) => pivotTable && owned.some(prop => prop.pivotEntity === pivot));
}

interface TriggerMaker {
  createTrigger(table: { readonly schema?: string }, trigger: TriggerDef): string;
}

/**
 * Has the schema tools of this MikroORM make the triggers of an entity of the schema `*` where they make its table: they take the
 * statement of a trigger as it is (7.2.1). A migration names no schema, and runs in that of its tenant.
 */
function makeWithTable(platform: Platform): void {
  const maker = platform.getSchemaHelper() as TriggerMaker;
  const make = maker.createTrigger.bind(maker);
  maker.createTrigger = (table, trigger) => {
    const { schema } = table;
    const { expression } = trigger;
    if (!expression || schema === undefined || schema === platform.getDefaultSchemaName()) return make(table, trigger);
    return make(table, { ...trigger, expression: inSchema(expression, trigger, schema) });
  };
}

function notPostgres({ className }: EntityMetadata): SignalError {
  return new SignalError('DELIVERY_NOT_AVAILABLE', {
    what: `The row changes of ${className} need PostgreSQL: its triggers see all rows of a statement at once.`,
    at: `@RowSignals on ${className}`,
    fix: 'leave it out, or keep the entity in PostgreSQL or PGlite.',
  });
}
