import { ceilingOf, HEIGHT, pathOf, WIDTH } from '../../../lib/inspector/page/durable/chart-lines.js';
import { counted, spanOf, visible } from '../../../lib/inspector/page/parts/text.js';
import { layoutOf } from '../../../lib/inspector/page/signals/graph-layout.js';
import { modelOf } from '../../../lib/inspector/page/signals/graph-model.js';
import { selectSignals } from '../../../lib/inspector/page/signals/select.js';
import type { GraphReceiver, GraphSignal } from '../../../lib/inspector/signal-graph.js';

function receiver(uid: string, module: string, delivery = 'inline'): GraphReceiver {
  return { uid, module, delivery, where: '', senders: [], includeSubclasses: false, options: {} };
}

function signal(name: string, module: string, receivers: readonly GraphReceiver[]): GraphSignal {
  const sentBy = [{ class: `${module}Service`, module }];
  return { name, class: name, modules: [module], payloadVersion: 1, extendedBy: [], sentBy, receivers };
}

const SIGNALS = [
  signal('OrderPlaced', 'Orders', [receiver('stock.reserve', 'Stock'), receiver('mail', 'Mails', 'durable')]),
  signal('OrderPaid', 'Orders', [receiver('mail', 'Mails', 'durable')]),
  { ...signal('StockLow', 'Stock', []), sentBy: [], neverSent: 'no class injects it' },
];

describe('The graph', () => {
  it('leads from senders over signals to receivers', () => {
    const { edges } = modelOf(SIGNALS.slice(0, 1), new Set());

    expect(edges).toEqual([
      { from: 'sender Orders', to: 'signal OrderPlaced', delivery: '' },
      { from: 'signal OrderPlaced', to: 'receiver Stock stock.reserve', delivery: 'inline' },
      { from: 'signal OrderPlaced', to: 'receiver Mails mail', delivery: 'durable' },
    ]);
  });

  it('shows a closed module as one box with one arrow for each delivery of a signal', () => {
    const { receivers, edges } = modelOf(SIGNALS, new Set(['Mails']));

    expect(receivers.map(({ label, detail }) => label + detail)).toEqual(['Stock1', 'stock.reserve', 'Mails1']);
    expect(edges.filter(({ to }) => to === 'module Mails')).toHaveLength(2);
  });

  it('marks a signal without a sender or a receiver', () => {
    const { signals } = modelOf([...SIGNALS, signal('Nothing', 'Orders', [])], new Set());

    expect(signals.filter(({ isLoose }) => isLoose).map(({ detail }) => detail)).toEqual(['no sender', 'no receiver']);
  });

  it('puts a module beside the signals that it receives, and nothing below its end', () => {
    const signals = Array.from({ length: 30 }, (_, at) =>
      signal(`S${at}`, 'Orders', [receiver(`r${at}`, `M${at % 3}`)]),
    );

    const { boxes, height } = layoutOf(modelOf(signals, new Set(['M0', 'M1', 'M2'])));

    const [sender, ...modules] = boxes.filter(({ node }) => node.kind !== 'signal').map(({ y }) => Math.round(y / 38));
    expect(sender).toBeGreaterThan(10);
    expect(modules).toEqual([9, 17, 25]);
    expect(Math.max(...boxes.map(({ y }) => y))).toBeLessThanOrEqual(height - 38);
  });

  it('lays 300 receivers out without a box upon another', () => {
    const signals = Array.from({ length: 60 }, (_, at) => {
      const receivers = Array.from({ length: 5 }, (__, of) => receiver(`r${at}.${of}`, `Module${(at + of) % 7}`));
      return signal(`S${at}`, `Module${at % 7}`, receivers);
    });

    const { boxes, arrows } = layoutOf(modelOf(signals, new Set()));

    expect(boxes).toHaveLength(7 + 60 + 7 + 300);
    expect(
      new Set(boxes.map(({ x, y, node }) => `${node.kind === 'receiver' ? 'module' : x} ${y} ${x > 600}`)).size,
    ).toBe(boxes.length);
    expect(arrows).toHaveLength(60 + 300);
  });
});

describe('The search for signals', () => {
  it.each([
    ['placed', [['OrderPlaced', 2]]],
    ['STOCK.RESERVE', [['OrderPlaced', 1]]],
    [
      'mails',
      [
        ['OrderPlaced', 1],
        ['OrderPaid', 1],
      ],
    ],
    [
      'durable',
      [
        ['OrderPlaced', 1],
        ['OrderPaid', 1],
      ],
    ],
    ['nothing', []],
  ])('finds with %s signals, and of others the receivers that match', (text, found) => {
    const selected = selectSignals(SIGNALS, { text, which: 'all' });

    expect(selected.map(({ name, receivers }) => [name, receivers.length])).toEqual(found);
  });

  it.each(['never-sent', 'never-received'] as const)('leaves those that are %s', which => {
    expect(selectSignals(SIGNALS, { text: '', which }).map(({ name }) => name)).toEqual(['StockLow']);
  });
});

describe('The chart', () => {
  const point = (at: number, waiting: number) => ({ at, waiting, dead: 0, done: 0 });

  it('ends at a round number', () => {
    expect([3, 11, 21, 41, 1000, 1001].map(waiting => ceilingOf([point(0, waiting)]))).toEqual([
      4, 20, 40, 100, 1000, 2000,
    ]);
  });

  it('leaves a gap where no page was open, and leaves out what is older than 30 minutes', () => {
    const now = 3_600_000;
    const path = pathOf(
      [point(0, 9), point(now - 60_000, 10), point(now - 10_000, 5), point(now, 0)],
      'waiting',
      10,
      now,
    );

    expect(path).toBe(`M${WIDTH - 20}.0 0.0h0M${(WIDTH - 10 / 3).toFixed(1)} ${HEIGHT / 2}.0h0L${WIDTH}.0 ${HEIGHT}.0`);
  });
});

describe('A text', () => {
  it('shows the code of a character that turns or hides what is read', () => {
    expect(visible('a\u202Etxt.exe\u200B\u0000\uFEFF')).toBe('a⟨U+202E⟩txt.exe⟨U+200B⟩⟨U+0000⟩⟨U+FEFF⟩');
    const harmless = 'שלום, two\nlines\tand 👩‍👩‍👧';
    expect(visible(harmless)).toBe(harmless);
  });

  it.each([
    [0, '0 ms'],
    [0.42, '0.4 ms'],
    [9.97, '10 ms'],
    [999.7, '1.0 s'],
    [65_000, '65 s'],
    [7_200_000, '2 h'],
    [172_800_000, '2 days'],
  ])('says %d ms as %s', (ms, text) => {
    expect(spanOf(ms)).toBe(text);
  });

  it('counts in English', () => {
    expect([counted(1, 'send'), counted(2, 'box', 'boxes'), counted(1234, 'send')]).toEqual([
      '1 send',
      '2 boxes',
      '1,234 sends',
    ]);
  });
});
