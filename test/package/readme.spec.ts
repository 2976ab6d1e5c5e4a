import { exampleIn } from './readme-examples.js';

const CODE = '<!-- sample/01-first-signal/orders.ts#first-signal -->\n```ts\nclass OrderPlaced {}\n```\n';
const OUTPUT = 'It prints:\n\n<!-- output of sample/01-first-signal -->\n\n```text\nReceipt\n  for order 1\n```\n';

describe('An example of the manual', () => {
  const find = (text: string) =>
    exampleIn(
      [
        { path: 'none.md', text: '' },
        { path: 'README.md', text },
      ],
      'sample/01-first-signal',
    );

  it('is the code of a sample, and what it prints', () => {
    expect(find(`# Title\n${CODE}\n${OUTPUT}`)).toEqual({
      file: 'orders.ts',
      code: 'class OrderPlaced {}',
      output: 'Receipt\n  for order 1',
    });
  });

  it('is missed when its code or its output is not there, and what is missing is said', () => {
    const other = CODE.replace('01-first-signal/', '01-first-signal-of-all/');

    expect(() => find(other + OUTPUT)).toThrow(
      'README.md shows no code under <!-- sample/01-first-signal/...#region -->.',
    );
    expect(() => find(CODE)).toThrow('No page shows output under <!-- output of sample/01-first-signal -->.');
  });
});
