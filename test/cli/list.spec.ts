import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { NAMES } from './fixtures/odd-names.js';
import { temporaryFolder } from './temporary-folder.js';
import { command, KINDS } from './terminal.js';

const folder = temporaryFolder();

describe('nestjs-signals list', () => {
  it('shows each signal with its senders and receivers, and what is never sent or received', async () => {
    const { code, out, errors } = await command(['list', KINDS]);

    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(out.replace(/kinds\.ts:\d+/g, 'kinds.ts')).toContain(
      [
        'OrderPlaced  test/inspector/fixtures/kinds.ts',
        '  sent by OrdersService (OrdersModule)  test/inspector/fixtures/kinds.ts',
        '  sent by factory of checkout (OrdersModule)  test/inspector/fixtures/kinds.ts',
        '  1. Receipts.count  inline  test/inspector/fixtures/kinds.ts',
        '     before receipts.mail, when',
        '  2. receipts.mail  inline  test/inspector/fixtures/kinds.ts',
        '     Receipts.mail, from Order and GiftOrder, timeoutMs 500',
      ].join('\n'),
    );
    expect(out).toContain('  never sent: no class injects it\n  never received\n');
    expect(out).toContain('\n6 signals, 5 receivers.\nNever received: Unheard.\nNever sent: StockChanged, Unheard, ');
    expect(out).toContain('From a preview of the application. It does not show receivers that connect() adds');
  });

  it('has lines of at most 100 columns, and styles on a terminal only', async () => {
    const { out } = await command(['list', KINDS]);
    const styled = await command(['list', KINDS], { hasColors: true });

    expect(Math.max(...out.split('\n').map(line => line.length))).toBeLessThanOrEqual(100);
    expect(out).not.toContain('\u001B');
    expect(styled.out).toContain('\u001B[1mOrderPlaced\u001B[22m');
    expect(stripVTControlCharacters(styled.out)).toBe(out);
  });

  it('shows one signal, or one receiver', async () => {
    const { out } = await command(['list', KINDS, '--signal', 'OrderPaid', '--format', 'json']);
    const receiver = await command(['list', KINDS, '--receiver', 'Shelves.inherited', '--format', 'json']);

    expect(JSON.parse(out)).toMatchObject({ version: 1, signals: [{ name: 'order.paid' }] });
    expect(JSON.parse(receiver.out)).toMatchObject({
      signals: [{ name: 'StockChanged', receivers: [{ uid: 'Shelves.inherited' }] }],
    });
  });

  it.each([
    [['--signal', 'OrderLost'], 'SIGNAL_UNKNOWN', 'name one of OrderPlaced, OrderSignal, StockChanged'],
    [['--receiver', 'nix'], 'RECEIVER_UNKNOWN', 'name one of Receipts.count, receipts.mail, Scoped.all'],
    [['--format', 'xml'], 'UNKNOWN_OPTION', "Option '--format' is one of text, json, mermaid, asyncapi."],
    [['--write', 'a', '--check', 'a'], 'UNKNOWN_OPTION', 'exclude each other'],
    [['--frmt'], 'UNKNOWN_OPTION', "Unknown option '--frmt'."],
    [['--signal'], 'UNKNOWN_OPTION', "Option '--signal <value>' argument missing."],
    [['more'], 'UNKNOWN_OPTION', "Unexpected argument 'more'."],
  ])('refuses %j with %s', async (args, code, text) => {
    const ended = await command(['list', KINDS, ...args]);

    expect(ended).toMatchObject({ code: 2, out: '' });
    expect(ended.errors).toMatch(new RegExp(`^${code}: `));
    expect(ended.errors).toContain(text);
    expect(ended.errors).not.toMatch(/^ {4}at /m);
  });

  it.each(['nix/signals.md', '.'])('names %s when that is no file to write', async file => {
    const { code, out, errors } = await command(['list', KINDS, '--write', file]);

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(errors).toMatch(/^FILE_NOT_WRITTEN: .* was not written: E[A-Z]+: /);
    expect(errors).not.toMatch(/^ {4}at /m);
  });

  it('writes a file, and compares with it', async () => {
    const file = join(folder, 'SIGNALS.md');
    const args = ['list', KINDS, '--format', 'mermaid'];
    const before = await command([...args, '--check', file]);
    const written = await command([...args, '--write', file]);
    const same = await command([...args, '--check', file]);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replaceAll('\n', '\r\n'));
    const onWindows = await command([...args, '--check', file]);
    writeFileSync(file, text.replace('inline', 'durable'));
    const changed = await command([...args, '--check', file]);

    expect([before.code, written.code, same.code, onWindows.code, changed.code]).toEqual([1, 0, 0, 0, 1]);
    expect(text).toMatch(/^# Signals\n\n```mermaid\nflowchart LR\n/);
    expect(before.errors).toContain('is not there');
    expect(changed.errors).toMatch(/would change\..*\n +line \d+\n +- .*durable.*\n +\+ .*inline/);
  });

  it.each(['{ "name": 5 }', '{', 'null', '\uFEFF{ "name": "shop" }'])(
    'writes AsyncAPI although package.json is %j',
    async text => {
      writeFileSync(join(folder, 'package.json'), text);
      const entry = join(import.meta.dirname, 'fixtures/one-name.ts');
      const { code, out } = await command(['list', entry, '--format', 'asyncapi'], { directory: folder });

      expect(code).toBe(0);
      expect(JSON.parse(out)).toMatchObject({
        info: { title: text.includes('shop') ? 'shop' : 'application', version: '0.0.0' },
      });
    },
  );

  it('keeps signals of one name apart in each format', async () => {
    const listed = (format: string) => command(['list', 'test/cli/fixtures/one-name.ts', '--format', format]);
    const { out: chart } = await listed('mermaid');
    const { channels, operations } = JSON.parse((await listed('asyncapi')).out) as Record<string, object>;

    expect(chart).toContain('signal_StockChanged -- "inline" --> receiver_Books_count\n');
    expect(chart).toContain('signal_StockChanged_2 -- "inline" --> receiver_Wines_count\n');
    expect(Object.keys(channels!)).toEqual(['StockChanged', 'StockChanged_2', 'StockChanged_2_2']);
    expect(operations).toMatchObject({
      'Books.count_receives_StockChanged': { channel: { $ref: '#/channels/StockChanged' } },
      'Wines.count_receives_StockChanged': { channel: { $ref: '#/channels/StockChanged_2' } },
    });
  });

  it('writes names that a format could read as its own', async () => {
    const listed = (format: string) => command(['list', 'test/cli/fixtures/odd-names.ts', '--format', format]);
    const { out: chart } = await listed('mermaid');
    const { channels, operations } = JSON.parse((await listed('asyncapi')).out) as Record<string, object>;
    const labels = [...chart.matchAll(/^ {2}\w+(?:\(\[|\[\/|\[)"(.*)"(?:\]\)|\/\]|\])$/gm)].map(([, label]) => label!);

    expect(labels).toHaveLength(3 * NAMES.length);
    expect(labels.filter(label => /["<>`\\&]|#(?!\d+;)|(?<!#\d+);/.test(label))).toEqual([]);
    for (const keys of [Object.keys(channels!), Object.keys(operations!)]) {
      expect(keys.filter(key => !/^(?!__proto__$)[\w.-]+$/.test(key))).toEqual([]);
    }
    expect(Object.keys(channels!)).toHaveLength(NAMES.length);
    expect(Object.keys(operations!)).toHaveLength(2 * NAMES.length);
  });
});
