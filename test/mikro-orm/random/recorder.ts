import { Injectable } from '@nestjs/common';
import {
  type Changes,
  M2mChanged,
  type Message,
  OnSignal,
  type PayloadOf,
  payloadIs,
  PostDelete,
  PostSave,
  PreDelete,
  PreSave,
} from 'nestjs-signals';
import { rowKeyOf } from './properties.js';

/** One signal of one row. */
export interface RecordedRow {
  readonly signal: string;
  readonly instance: object;
  readonly key: string;
  readonly created?: boolean;
  readonly changes?: Changes;
  readonly original?: Readonly<Record<string, unknown>>;
  readonly isPartial: boolean;
  /** The properties in `changes` that are not on the instance at that moment. */
  readonly absent: readonly string[];
}

/** One `post_*` of one collection, in pairs of keys. */
export interface RecordedChange {
  readonly action: string;
  readonly pairs: readonly string[];
  /** Whether a pair is of this collection. */
  readonly of: (pair: string) => boolean;
  readonly exact: boolean;
  readonly hasPartner: boolean;
}

const TABLES: Readonly<Record<string, string>> = {
  tags: 'article_tags',
  articles: 'article_tags',
  related: 'article_related',
  drivers: 'vehicle_drivers',
};

/** Writes down everything that is sent. */
@Injectable()
export class Recorder {
  rows: RecordedRow[] = [];
  changes: RecordedChange[] = [];
  isPartial = (_instance: object): boolean => false;
  private announced: string[] = [];

  forget(): void {
    [this.rows, this.changes, this.announced] = [[], [], []];
  }

  @OnSignal([PreSave, PostSave, PreDelete, PostDelete])
  row(payload: PayloadOf<PreSave> | PayloadOf<PreDelete>, message: Message): void {
    const { instance } = payload;
    const isOver = !message.signal.constructor.name.startsWith('Pre');
    const values = isSave(payload)
      ? { created: payload.created, changes: payload.changes }
      : payloadIs(PostDelete, payload, message)
        ? { original: payload.original }
        : {};
    const signal = message.signal.constructor.name;
    const key = isOver ? rowKeyOf(instance) : instance.constructor.name;
    if (message.sender !== instance.constructor) throw new Error(`${key} was sent by another class`);
    const absent = Object.keys(values.changes ?? {}).filter(name => !(name in instance));
    this.rows.push({ signal, instance, key, isPartial: this.isPartial(instance), absent, ...values });
  }

  @OnSignal(M2mChanged)
  change({ action, instance, property, reverse, pkSet, objects, exact }: PayloadOf<M2mChanged>): void {
    const table = TABLES[property]!;
    const own = (instance as { id?: number }).id;
    const mark = (step: string) =>
      `${step} ${property} ${String(identityOf(instance))} ${objects?.map(identityOf).join()}`;
    if (action.startsWith('pre_')) return void this.announced.push(mark(action.slice(4)));
    const pairOf = (key: unknown) =>
      reverse ? `${table} ${key as number} ${own}` : `${table} ${own} ${key as number}`;
    const of = (pair: string) => pair.startsWith(`${table} `) && pair.split(' ')[reverse ? 2 : 1] === String(own);
    const hasPartner = this.announced.includes(mark(action.slice(5)));
    this.changes.push({ action, pairs: (pkSet ?? []).map(pairOf), of, exact, hasPartner });
  }
}

function isSave(payload: object): payload is PayloadOf<PreSave> {
  return 'changes' in payload;
}

const identities = new WeakMap<object, number>();
let last = 0;

/** New objects have no key before the SQL. */
function identityOf(entity: object): number {
  if (!identities.has(entity)) identities.set(entity, ++last);
  return identities.get(entity)!;
}
