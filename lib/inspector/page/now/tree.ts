import type { SendRecord } from '../../page-types.ts';

/** A send, with those that its receivers sent. */
export interface SendTree {
  readonly send: SendRecord;
  readonly caused: readonly SendTree[];
  /** Whether it stands at the top although another send has caused it: that one is not recorded. */
  readonly isOrphan: boolean;
}

/** The sends as trees by `causedBy`, the newest tree first, the sends of one tree in the order in which they began. */
export function treesOf(sends: Iterable<SendRecord>): SendTree[] {
  const byId = new Map([...sends].map(send => [send.id, send]));
  const caused = new Map<string, SendRecord[]>();
  const tops: SendRecord[] = [];
  for (const send of byId.values()) {
    const { causedBy } = send;
    if (causedBy === undefined || !byId.has(causedBy) || isInCircle(send, byId)) tops.push(send);
    else listAt(caused, causedBy).push(send);
  }
  return tops
    .sort((one, other) => other.at - one.at)
    .map(send => ({ ...treeOf(send, caused), isOrphan: send.causedBy !== undefined }));
}

function listAt<Item>(lists: Map<string, Item[]>, key: string): Item[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

function treeOf(send: SendRecord, caused: ReadonlyMap<string, readonly SendRecord[]>): SendTree {
  const below = [...(caused.get(send.id) ?? [])].sort((one, other) => one.at - other.at);
  return { send, caused: below.map(next => treeOf(next, caused)), isOrphan: false };
}

/** Data that a fault has made must not hang the page. */
function isInCircle(send: SendRecord, byId: ReadonlyMap<string, SendRecord>): boolean {
  const seen = new Set<string>();
  for (let at: SendRecord | undefined = send; at; at = byId.get(at.causedBy ?? '')) {
    if (seen.has(at.id)) return true;
    seen.add(at.id);
  }
  return false;
}

/**
 * The trees by the transaction of their first send, in the order in which the first tree of each stands; those without
 * a transaction stand each for itself.
 */
export function byTransaction(trees: readonly SendTree[]) {
  const groups = new Map<string, SendTree[]>();
  for (const tree of trees) {
    const { transaction, id } = tree.send;
    listAt(groups, transaction === undefined ? `send ${id}` : `transaction ${transaction}`).push(tree);
  }
  return [...groups.values()].map(own => ({ transaction: own[0]?.send.transaction, trees: own }));
}

/** All sends of a tree, the first one included. */
export function* sendsOf({ send, caused }: SendTree): Generator<SendRecord> {
  yield send;
  for (const tree of caused) yield* sendsOf(tree);
}
