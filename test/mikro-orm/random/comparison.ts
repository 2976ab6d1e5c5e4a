import type { Dump } from './dump.js';
import type { RecordedChange, RecordedRow } from './recorder.js';
import { mistakesInPivots } from './pivots.js';
import { FILLED_IN, wrongInsert, wrongOriginal, wrongUpdate } from './values.js';

/**
 * Compares the recorded signals of a flush with the tables before and after it.
 *
 * @param unseen - rows that the database has removed by itself so far: MikroORM may still write it, and finds no row.
 */
export function mistakesIn(
  before: Dump,
  after: Dump,
  rows: readonly RecordedRow[],
  changes: readonly RecordedChange[],
  unseen: Set<string>,
  isMeddled: boolean,
): string[] {
  return [
    ...new RowComparison(before, after, rows, unseen).mistakes(),
    ...mistakesInPairs(rows, isMeddled),
    ...mistakesInPivots(before, after, changes),
  ];
}

/** Every inserted, changed and deleted row is sent once, and nothing else is. */
class RowComparison {
  private readonly inserts: readonly RecordedRow[];
  private readonly updates: readonly RecordedRow[];
  private readonly deletes: readonly RecordedRow[];

  constructor(
    private readonly before: Dump,
    private readonly after: Dump,
    recorded: readonly RecordedRow[],
    private readonly unseen: Set<string>,
  ) {
    this.inserts = recorded.filter(({ signal, created }) => signal === 'PostSave' && created);
    this.updates = recorded.filter(({ signal, created }) => signal === 'PostSave' && !created);
    this.deletes = recorded.filter(({ signal }) => signal === 'PostDelete');
  }

  mistakes(): string[] {
    const keys = new Set([...this.before.rows.keys(), ...this.after.rows.keys()]);
    return [...this.sentTwice(), ...this.sentWrongly(), ...[...keys].flatMap(key => this.mistakesOf(key))];
  }

  private mistakesOf(key: string): string[] {
    const [old, now] = [this.before.rows.get(key), this.after.rows.get(key)];
    const [insert, update, removal] = [this.inserts, this.updates, this.deletes].map(list => find(list, key));
    if (old && now && !this.isReplaced(key)) return wrongUpdate(key, update, old, now);
    const ofNew = now && (insert ? wrongInsert(insert, now) : [`${key} is new and not sent`]);
    const ofOld = old && (removal ? wrongOriginal(removal, old) : this.unlessUnseen(key));
    return [...(ofNew ?? []), ...(ofOld ?? [])];
  }

  /** `on delete cascade`: things of a box that were not loaded go without a word. */
  private unlessUnseen(key: string): string[] {
    const old = this.before.rows.get(key)!;
    if (!key.startsWith('Thing ') || this.after.rows.has(`Box ${old.box_id as number}`))
      return [`${key} is gone and not sent`];
    this.unseen.add(key);
    return [];
  }

  /** Removed, and another made with the same key. */
  private isReplaced(key: string): boolean {
    return find(this.inserts, key) !== undefined && find(this.deletes, key) !== undefined;
  }

  private sentTwice(): string[] {
    return [this.inserts, this.updates, this.deletes].flatMap(list =>
      list.filter(it => find(list, it.key) !== it).map(({ key }) => `${key} is sent twice`),
    );
  }

  private sentWrongly(): string[] {
    const [was, is] = [(key: string) => this.before.rows.has(key), (key: string) => this.after.rows.has(key)];
    const isNew = (key: string) => is(key) && (!was(key) || this.isReplaced(key));
    const isGone = (key: string) => was(key) && (!is(key) || this.isReplaced(key));
    const stays = (key: string) => (was(key) && is(key)) || this.unseen.has(key);
    return [
      ...keysOf(this.inserts)
        .filter(key => !isNew(key))
        .map(key => `${key} is sent as new and is not`),
      ...keysOf(this.updates)
        .filter(key => !stays(key))
        .map(key => `${key} is sent as changed and is not there`),
      ...keysOf(this.deletes)
        .filter(key => !isGone(key) && !this.unseen.has(key))
        .map(key => `${key} is sent as gone and is not`),
    ];
  }
}

function keysOf(list: readonly RecordedRow[]): string[] {
  return list.map(({ key }) => key);
}

function find(list: readonly RecordedRow[], key: string): RecordedRow | undefined {
  return list.find(row => row.key === key);
}

/** Compares the signals before and after the SQL: one pair for each row, equal unless a receiver has meddled. */
function mistakesInPairs(recorded: readonly RecordedRow[], isMeddled: boolean): string[] {
  return ['Save', 'Delete'].flatMap(kind => {
    const [before, after] = [`Pre${kind}`, `Post${kind}`].map(signal => recorded.filter(it => it.signal === signal));
    const partners = (it: RecordedRow) => before!.filter(other => other.instance === it.instance);
    const alone = [...after!, ...before!].filter(it => partners(it).length !== 1);
    const unlike = isMeddled ? [] : after!.filter(it => partners(it).some(other => changedIn(other) !== changedIn(it)));
    const absent = before!.filter(it => it.absent.length > 0);
    return [
      ...alone.map(({ key, signal }) => `${key}: ${signal} has not one partner`),
      ...unlike.map(
        it => `${it.key}: ${changedIn(it)} is sent after the SQL, and ${partners(it).map(changedIn).join()} before it`,
      ),
      ...absent.map(it => `${it.key}: ${it.absent.join()} is sent and not on the instance`),
    ];
  });
}

/** The names of the changed properties, without those that the database fills in. */
function changedIn({ changes = {} }: RecordedRow): string {
  return Object.keys(changes)
    .filter(name => !FILLED_IN.includes(name))
    .sort()
    .join();
}
