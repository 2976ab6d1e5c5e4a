import { becameOf, toneOf } from '../../../lib/inspector/page/now/call-text.js';
import { EVERYTHING, filterTrees } from '../../../lib/inspector/page/now/filter.js';
import { Records } from '../../../lib/inspector/page/now/records.js';
import { byTransaction, type SendTree, treesOf } from '../../../lib/inspector/page/now/tree.js';
import { recentlyOf } from '../../../lib/inspector/page/signals/recently.js';
import type { CallRecord, SendRecord } from '../../../lib/inspector/page-types.js';

function send(id: string, more: Partial<SendRecord> = {}): SendRecord {
  return { id, signal: `Signal${id}`, at: Number(id), receivers: [], skips: [], failed: false, slow: false, ...more };
}

function call(more: Partial<CallRecord> = {}): CallRecord {
  return { receiver: 'Receipts.mail', delivery: 'inline', state: 'ok', ...more };
}

/** `1(2 3(4))` */
function shapeOf({ send: { id }, caused }: SendTree): string {
  return caused.length === 0 ? id : `${id}(${caused.map(shapeOf).join(' ')})`;
}

describe('The tree of sends', () => {
  it('has below a send those that it caused, in their order, and begins with the newest', () => {
    const sends = [send('1'), send('3', { causedBy: '1' }), send('2', { causedBy: '1' }), send('4', { causedBy: '3' })];

    expect(treesOf([...sends, send('5')]).map(shapeOf)).toEqual(['5', '1(2 3(4))']);
  });

  it('has a send at the top whose cause is not recorded, and says so', () => {
    const [tree] = treesOf([send('7', { causedBy: '6' }), send('8', { causedBy: '7' })]);

    expect(tree).toMatchObject({ isOrphan: true, caused: [{ isOrphan: false }] });
  });

  it('loses no send that stands in a circle', () => {
    const trees = treesOf([send('1', { causedBy: '2' }), send('2', { causedBy: '1' }), send('3', { causedBy: '3' })]);

    expect(trees.map(({ send: { id } }) => id).sort()).toEqual(['1', '2', '3']);
  });

  it('is made of 10,000 sends of one cause in less than a second', () => {
    const sends = Array.from({ length: 10_000 }, (_, at) => send(String(at + 2), { causedBy: '1' }));
    const begun = process.cpuUsage();

    const [tree] = treesOf([send('1'), ...sends]);

    expect(tree!.caused).toHaveLength(10_000);
    expect(process.cpuUsage(begun).user).toBeLessThan(1_000_000);
  });

  it('is grouped by transactions, and leaves the others by themselves', () => {
    const sends = [send('1'), send('2', { transaction: 'a' }), send('3'), send('4', { transaction: 'a' })];

    const groups = byTransaction(treesOf(sends));

    expect(groups.map(({ transaction, trees }) => [transaction, trees.map(shapeOf)])).toEqual([
      ['a', ['4', '2']],
      [undefined, ['3']],
      [undefined, ['1']],
    ]);
  });
});

describe('The filter of sends', () => {
  const trees = treesOf([
    send('1', { receivers: [call()] }),
    send('2', { causedBy: '1', skips: [{ receiver: 'Audit.note', because: 'it is muted' }] }),
    send('3', { slow: true }),
    send('4', { receivers: [call({ state: 'dead' })] }),
  ]);

  it.each([
    [{ signal: 'signal2' }, ['1(2)']],
    [{ receiver: 'AUDIT' }, ['1(2)']],
    [{ receiver: 'receipts' }, ['4', '1(2)']],
    [{ trouble: 'slow' as const }, ['3']],
    [{ trouble: 'failed' as const }, ['4']],
    [{ trouble: 'failed' as const, signal: 'Signal1' }, []],
    [{ signal: '  ' }, ['4', '3', '1(2)']],
  ])('leaves with %j whole trees of which one send matches', (filter, shapes) => {
    expect(filterTrees(trees, { ...EVERYTHING, ...filter }).map(shapeOf)).toEqual(shapes);
  });
});

describe('The records of the page', () => {
  it('are the newest ones, each as it was last received', () => {
    const records = new Records();
    records.begin('process', 2);

    for (const id of ['1', '2', '3']) records.add(send(id));
    records.add(send('2', { failed: true }));

    expect(records.all()).toMatchObject([{ id: '2', failed: true }, { id: '3' }]);
  });

  it('are kept when the stream of one process begins again, and begin anew with another process', () => {
    const records = new Records();
    records.begin('one', 10);
    records.add(send('1'));

    records.begin('one', 10);
    expect(records.all()).toHaveLength(1);

    records.begin('other', 10);
    expect(records.all()).toEqual([]);
  });
});

describe('What became of a call', () => {
  it.each<[Partial<CallRecord>, string, string]>([
    [{}, 'ok', 'good'],
    [{ until: 'COMMIT' }, 'deferred until COMMIT, then ok', 'good'],
    [{ delivery: 'after-commit', until: 'after-commit', state: 'failed' }, 'deferred, then failed', 'bad'],
    [{ state: 'deferred', until: 'COMMIT' }, 'deferred until COMMIT', 'wait'],
    [{ delivery: 'after-commit', state: 'deferred', until: 'after-commit' }, 'deferred', 'wait'],
    [{ state: 'stored' }, 'stored, a worker will call it', 'wait'],
    [{ state: 'delivered', attempts: 2 }, 'stored, then delivered, 2 attempts', 'good'],
    [{ state: 'dead', attempts: 5 }, 'stored, then dead, 5 attempts', 'bad'],
    [{ state: 'timed-out' }, 'timed out', 'bad'],
    [{ state: 'rolled-back' }, 'never called: the transaction was rolled back', 'warn'],
  ])('is said of %j', (state, text, tone) => {
    expect([becameOf(call(state)), toneOf(call(state))]).toEqual([text, tone]);
  });

  it('is counted by receiver for the recent sends of a signal', () => {
    const skips = [{ receiver: 'Audit.note', because: 'it is muted' }];
    const sends = ['1', '2'].map(id => send(id, { signal: 'OrderPlaced', receivers: [call()], skips }));

    expect(recentlyOf('OrderPlaced', [...sends, send('3')])).toEqual({
      sends: 2,
      lines: [
        { receiver: 'Receipts.mail', text: 'ok', times: 2 },
        { receiver: 'Audit.note', text: 'not called: it is muted', times: 2 },
      ],
    });
  });
});
