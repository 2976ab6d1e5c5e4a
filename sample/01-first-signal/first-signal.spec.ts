import { expectedOutput, outputOf } from '../../test/sample/fixtures/output.js';

describe('The first signal', () => {
  it('is heard by a receiver that its sender does not know, and prints what the README shows', async () => {
    expect(await outputOf(() => import('./main.js'))).toBe(expectedOutput('sample/01-first-signal'));
  });
});
