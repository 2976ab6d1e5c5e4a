import { command, KINDS } from './terminal.js';

async function explained(...args: string[]): Promise<{ called: string[]; skipped: string[] }> {
  const { out } = await command(['explain', ...args, '--json']);
  const verdicts = JSON.parse(out) as { receiver: string; runs: string; because: string }[];
  const lines = (all: typeof verdicts) => all.map(({ receiver, runs, because }) => `${receiver} ${runs}: ${because}`);
  return {
    called: lines(verdicts.filter(({ runs }) => runs !== 'no')),
    skipped: lines(verdicts.filter(({ runs }) => runs === 'no')),
  };
}

describe('nestjs-signals explain', () => {
  it('shows who would run, in which order, and who would not and why', async () => {
    const { code, out } = await command(['explain', 'OrderPlaced', KINDS]);

    expect(code).toBe(0);
    expect(out.replace(/ +test\/.*/g, '')).toBe(
      [
        'OrderPlaced, sent by a sender that no receiver names',
        '  1. Receipts.count  inline',
        '     it asks for every sender; if its `when` returns true',
        '  2. Scoped.all  inline',
        '     it asks for every sender',
        '',
        'Not called:',
        '  receipts.mail: it asks for Order, GiftOrder',
        '',
      ].join('\n'),
    );
  });

  it('takes the name of a sender, and the class of a signal that has another name', async () => {
    expect((await explained('OrderPlaced', KINDS, '--sender', 'GiftOrder')).called).toContain(
      'receipts.mail yes: it asks for Order, GiftOrder',
    );
    expect((await explained('OrderPaid', KINDS)).called).toHaveLength(2);
  });

  it('shows the senders that receivers name, where none of them is the one asked for', async () => {
    const word = 'No receiver names GiftOrdr. Named are: GiftOrder, Order.';

    expect((await command(['explain', 'OrderPlaced', KINDS, '--sender', 'GiftOrdr'])).out).toContain(`\n${word}\n`);
    expect((await command(['explain', 'OrderPlaced', KINDS, '--sender', 'GiftOrder'])).out).not.toContain('Named are');
    expect((await command(['explain', 'OrderPaid', KINDS, '--sender', 'Any'])).out).not.toContain('Named are');
  });

  it('says of subclasses what a name cannot decide', async () => {
    const { called, skipped } = await explained('StockChanged', 'test/cli/fixtures/senders.ts', '--sender', 'Chair');

    expect(called).toEqual([
      'Sales.ofAll perhaps: it asks for Product and subclasses; Chair may be one',
      'Sales.twice yes: it asks for every sender',
    ]);
    expect(skipped).toEqual([
      "Sales.ofText no: it asks for 'shop'",
      'Sales.twice no: it is called once, by an earlier connection',
    ]);
  });

  it.each([
    [['explain'], 'UNKNOWN_OPTION', 'SIGNAL is missing'],
    [['explain', 'Nothing', KINDS], 'SIGNAL_UNKNOWN', 'name one of OrderPlaced'],
    [['diff'], 'UNKNOWN_OPTION', 'FILE is missing'],
    [['diff', 'package.json', KINDS], 'GRAPH_INVALID', 'list --format json --write package.json'],
    [['diff', 'nix.json', KINDS], 'GRAPH_INVALID', 'ENOENT'],
  ])('refuses %j with %s', async (args, code, text) => {
    const { code: exit, errors } = await command(args);

    expect(exit).toBe(2);
    expect(errors).toMatch(new RegExp(`^${code}: `));
    expect(errors).toContain(text);
  });
});
