import 'reflect-metadata';
import type { EntityMetadata, TriggerDef } from '@mikro-orm/core';
import { checkOptions, isListOfNames, type OptionKinds, optionOwner, SignalError } from '../core/index.js';

/** The columns of an entity that its row changes carry. Those of `hidden` properties never do, and the primary key always does. */
export interface RowSignalsOptions {
  /** The properties that are left out. */
  omit?: readonly string[];
  /** The properties that are sent. Default: all. */
  only?: readonly string[];
}

const LIST = { accepts: isListOfNames, fix: `give a list of properties: ['note'].` };

const OPTIONS: OptionKinds<RowSignalsOptions> = { omit: LIST, only: LIST };

/** The key is global so that two copies of the package in one application read each other's decorators. */
const ROW_SIGNALS = Symbol.for('nestjs-signals:row-signals');

/**
 * Has `RowChanged` sent for every committed change of a row of this entity, by any program: triggers note the change in
 * its own transaction. They are part of the schema, so make a migration. Entities that extend it are covered, and so are
 * the pivot tables of the many-to-many relations that it owns.
 *
 * The configuration of MikroORM needs `discovery: { afterDiscovered: rowTriggers() }`.
 *
 * @throws {SignalError} `UNKNOWN_OPTION`; when MikroORM starts `UNKNOWN_FIELD`.
 */
export function RowSignals(options: RowSignalsOptions = {}): (target: object) => void {
  check('@RowSignals', options);
  return target => Reflect.defineMetadata(ROW_SIGNALS, options, target);
}

/**
 * Does for `defineEntity` and `EntitySchema` what `@RowSignals()` does for a class: `triggers: rowSignals()`, beside which other
 * triggers may stand.
 *
 * @throws {SignalError} `UNKNOWN_OPTION`; when MikroORM starts `UNKNOWN_FIELD`.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- as MikroORM's own type of triggers has it
export function rowSignals(options: RowSignalsOptions = {}): TriggerDef<any>[] {
  check('rowSignals', options);
  return [{ name: PLACE, timing: 'after', events: ['insert'], forEach: 'statement', expression: placeOf(options) }];
}

/** The options of an entity whose rows are signalled; undefined for any other. */
export function rowSignalsOf({ class: entity, triggers, tptParent }: EntityMetadata): RowSignalsOptions | undefined {
  const [, written] = OPTIONS_IN_PLACE.exec(triggers.find(isPlace)?.expression ?? '') ?? [];
  if (written !== undefined) return JSON.parse(written) as RowSignalsOptions;
  const decorated = Reflect.getMetadata(ROW_SIGNALS, entity) as RowSignalsOptions | undefined;
  return decorated ?? (tptParent && rowSignalsOf(tptParent));
}

/** Whether a trigger is what `rowSignals()` has put in the place of the real ones. */
export function isPlace({ name }: TriggerDef): boolean {
  return name === PLACE;
}

const PLACE = 'nestjs-signals rows';
const OPTIONS_IN_PLACE = /^-- (.*)\n/;

/** The real triggers need the columns, which are known when all entities are: until then this stands for them, and to run it is an error. */
function placeOf(options: RowSignalsOptions): string {
  return `-- ${JSON.stringify(options)}\ndo $$ begin raise exception 'rowSignals() needs discovery: { afterDiscovered: rowTriggers() } in the configuration of MikroORM'; end $$`;
}

function check(name: string, options: unknown): asserts options is RowSignalsOptions {
  const owner = optionOwner(name);
  checkOptions<RowSignalsOptions>(owner, options, OPTIONS);
  const { omit, only } = options as RowSignalsOptions;
  if (!omit || !only) return;
  throw new SignalError('UNKNOWN_OPTION', {
    what: `${name} has both 'omit' and 'only'.`,
    at: owner.at(),
    fix: 'name what is sent, or what is left out.',
  });
}
