import { ForbiddenException } from '@nestjs/common';
import { Browser } from './login-app.js';
import { ADAPTERS } from './matrix-app.js';
import { PASSWORDS } from './people.js';
import { startTable } from './table-app.js';

const GOOD = { username: 'ann', password: PASSWORDS.ann };

describe.each(ADAPTERS)('On %s, a session that a receiver refuses', adapter => {
  it('leaves no cookie, where a route calls `logIn()` itself', async () => {
    await using app = await startTable(adapter, true);
    const browser = new Browser({ url: app.url, settled: async () => {} });
    app.heard.objection.in = () => {
      throw new ForbiddenException('no');
    };
    const refused = await browser.post('/by-hand', GOOD);
    const nobody = (await (await browser.get('/whoami')).json()) as object;
    app.heard.objection = {};
    const served = await browser.post('/by-hand', GOOD);

    expect([refused, served].map(({ status }) => status)).toEqual([403, 201]);
    expect(refused.headers.getSetCookie()).toEqual([]);
    expect(nobody).toEqual({ name: null });
    expect(await (await browser.get('/whoami')).json()).toEqual({ name: 'ann' });
  });
});
