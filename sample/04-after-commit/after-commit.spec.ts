import { expectedOutput, outputOf } from '../../test/sample/fixtures/output.js';

describe('A receiver after COMMIT', () => {
  it('is told of an order that was paid for, and not of one that was rolled back', async () => {
    expect(await outputOf(() => import('./main.js'))).toBe(expectedOutput('sample/04-after-commit'));
  });
});
