import { expectedOutput, outputOf } from '../../test/sample/fixtures/output.js';

describe('A receiver of a model signal', () => {
  it('is told the old value and the new one, and prints what the README shows', async () => {
    expect(await outputOf(() => import('./main.js'))).toBe(expectedOutput('sample/02-model-receiver'));
  });
});
