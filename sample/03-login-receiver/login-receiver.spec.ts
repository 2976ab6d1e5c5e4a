import { expectedOutput, outputOf } from '../../test/sample/fixtures/output.js';

describe('A receiver of a login', () => {
  it('is told who logged in and who failed to, and prints what the README shows', async () => {
    expect(await outputOf(() => import('./main.js'))).toBe(expectedOutput('sample/03-login-receiver'));
  });
});
