import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SignalGraph } from 'nestjs-signals/inspector';
import { temporaryFolder } from './temporary-folder.js';
import { command, type Ended, KINDS } from './terminal.js';

const folder = temporaryFolder();

type Draft<T> = { -readonly [Key in keyof T]: T[Key] extends object ? Draft<T[Key]> : T[Key] };

/** Compares with what the application was, as far as `change` makes it different. */
async function diffWith(change: (graph: Draft<SignalGraph>) => void, ...args: string[]): Promise<Ended> {
  const { out } = await command(['list', KINDS, '--format', 'json']);
  const graph = JSON.parse(out) as Draft<SignalGraph>;
  change(graph);
  const file = join(folder, 'graph.json');
  writeFileSync(file, JSON.stringify(graph));
  return command(['diff', file, KINDS, ...args]);
}

describe('nestjs-signals diff', () => {
  it('is silent when nothing changed but the places', async () => {
    const ended = await diffWith(({ signals }) => {
      signals[0]!.source = 'elsewhere.ts:1';
      signals[0]!.receivers[0]!.source = 'elsewhere.ts:2';
      signals[0]!.sentBy.reverse();
    });

    expect(ended).toEqual({ code: 0, out: '', errors: '' });
  });

  it('prints by name what came, went and changed, and exits with 1', async () => {
    const { code, out } = await diffWith(({ signals }) => {
      const [placed, , stock, unheard] = signals;
      placed!.sentBy.pop();
      placed!.receivers[1]!.options = { timeoutMs: 100 };
      placed!.receivers[1]!.delivery = 'durable';
      placed!.receivers.reverse();
      stock!.receivers.pop();
      unheard!.receivers.push({ ...placed!.receivers[0]!, uid: 'old.one' });
      signals.splice(5, 1);
      signals.push({ ...stock!, name: 'Gone' });
    });

    expect(code).toBe(1);
    expect(out.replace(/\n {2}/g, ' ').split('\n')).toEqual([
      '+ OrderPlaced: sender factory of checkout (OrdersModule)',
      '~ OrderPlaced: receiver receipts.mail: delivery was "durable" and is "inline"',
      '~ OrderPlaced: receiver receipts.mail: timeoutMs was 100 and is 500',
      '~ OrderPlaced: the order was Scoped.all, receipts.mail from Order, GiftOrder, Receipts.count and is ' +
        'Receipts.count, receipts.mail from Order, GiftOrder, Scoped.all',
      '+ StockChanged: receiver Shelves.inherited',
      '- Unheard: receiver old.one',
      '- signal Gone',
      '- Gone: receiver Receipts.count',
      '+ signal order.paid',
      '+ order.paid: receiver Receipts.count',
      '+ order.paid: receiver Scoped.all',
      '',
    ]);
  });

  it('writes JSON for programs', async () => {
    const { code, out } = await diffWith(({ signals }) => void signals[2]!.receivers.pop(), '--json');

    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual([{ kind: 'added', what: 'StockChanged: receiver Shelves.inherited' }]);
  });

  it('compares each of several signals of one name', async () => {
    const entry = 'test/cli/fixtures/one-name.ts';
    const { out } = await command(['list', entry, '--format', 'json']);
    writeFileSync(join(folder, 'one-name.json'), `\uFEFF${out}`.replace('"Books.count"', '"Books.old"'));

    expect((await command(['diff', join(folder, 'one-name.json'), entry])).out.split('\n')).toEqual([
      '- StockChanged: receiver Books.old',
      '+ StockChanged: receiver Books.count',
      '',
    ]);
  });
});
