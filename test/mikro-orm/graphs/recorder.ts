import { Injectable } from '@nestjs/common';
import { M2mChanged, OnSignal, type PayloadOf, PostDelete, PostSave, PreDelete, PreSave } from 'nestjs-signals';
import type { Row, Tables } from './tables.js';

type Labelled = { readonly label: string };

/** Records the signals, and acts once in a receiver. */
@Injectable()
export class Recorder {
  before: string[] = [];
  after: string[] = [];
  pairs: string[] = [];
  /** The work of the first receiver of a flush. */
  act: (() => void) | undefined;

  forget(): void {
    [this.before, this.after, this.pairs, this.act] = [[], [], [], undefined];
  }

  @OnSignal(PreSave)
  preSave({ instance, created, changes }: PayloadOf<PreSave>) {
    this.note(this.before, created ? 'insert' : 'update', instance);
    if (Object.keys(changes).includes('never')) throw new Error('read');
    this.once();
  }

  @OnSignal(PreDelete)
  preDelete({ instance }: PayloadOf<PreDelete>) {
    this.note(this.before, 'delete', instance);
    this.once();
  }

  @OnSignal(PostSave)
  postSave({ instance, created }: PayloadOf<PostSave>) {
    this.note(this.after, created ? 'insert' : 'update', instance);
  }

  @OnSignal(PostDelete)
  postDelete({ instance }: PayloadOf<PostDelete>) {
    this.note(this.after, 'delete', instance);
  }

  @OnSignal(M2mChanged)
  change({ action, instance, reverse, objects }: PayloadOf<M2mChanged>) {
    if (!action.startsWith('post_')) return;
    for (const item of objects ?? []) {
      const [owner, other] = (reverse ? [item, instance] : [instance, item]) as [Labelled, Labelled];
      this.pairs.push(`${action.slice(5)} ${owner.label} ${other.label}`);
    }
  }

  private note(list: string[], what: string, instance: object): void {
    list.push(`${what} ${(instance as Labelled).label}`);
  }

  private once(): void {
    const { act } = this;
    this.act = undefined;
    act?.();
  }
}

/**
 * Compares the signals that were sent with a diff of the tables. If a row has lost only a reference to a deleted one, the
 * database may have taken it.
 */
export function mistakesIn(sent: readonly string[], old: Tables, now: Tables): string[] {
  const inserted = [...now.rows.keys()].filter(label => !old.rows.has(label));
  const deleted = [...old.rows.keys()].filter(label => !now.rows.has(label));
  const kept = [...now.rows.keys()].filter(label => old.rows.has(label));
  const changed = (label: string) => changesOf(old.rows.get(label)!, now.rows.get(label)!, deleted);
  const expected = [
    ...inserted.map(label => `insert ${label}`),
    ...kept.filter(label => changed(label) === 'written').map(label => `update ${label}`),
    ...deleted.map(label => `delete ${label}`),
  ];
  const allowed = kept.filter(label => changed(label) === 'taken').map(label => `update ${label}`);
  const missing = expected.filter(one => !sent.includes(one));
  const surplus = sent.filter(
    (one, at) => sent.indexOf(one) !== at || !(expected.includes(one) || allowed.includes(one)),
  );
  return [...missing.map(one => `${one} was not sent`), ...surplus.map(one => `${one} was sent`)];
}

function changesOf(old: Row, now: Row, deleted: readonly string[]): 'none' | 'taken' | 'written' {
  const changed = Object.keys(now).filter(name => old[name] !== now[name]);
  // It may have been given a reference to what was deleted after it.
  if (changed.length === 0) return deleted.length > 0 && Object.values(now).includes(null) ? 'taken' : 'none';
  return changed.every(name => now[name] === null && deleted.includes(old[name] as string)) ? 'taken' : 'written';
}

/** Compares the pairs that were sent with a diff of the pivot tables. */
export function mistakesInPairs(sent: readonly string[], old: Tables, now: Tables): string[] {
  const added = now.pairs.filter(pair => !old.pairs.includes(pair)).map(pair => `add ${pair}`);
  const isKept = (pair: string) => pair.split(' ').every(label => now.rows.has(label));
  const removed = old.pairs.filter(pair => !now.pairs.includes(pair) && isKept(pair)).map(pair => `remove ${pair}`);
  const expected = [...added, ...removed];
  return expected.filter(one => !sent.includes(one)).map(one => `${one} was not sent`);
}
