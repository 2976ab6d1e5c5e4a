import { Controller, Inject, Injectable, Post, Req } from '@nestjs/common';
import { AuthSignals, OnSignal, Signal, UserLoginFailed } from 'nestjs-signals';
import { PageApp } from './page-app.js';
import { PageReader } from './page-reader.js';

const PASSWORD = 'correct horse battery staple';
const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJlLW9mLWFubg';
const CARD = '4111-1111-1111-1111';
const API_KEY = 'sk_live_51H8s7d6f5g4h3j2k1';
const SECRETS = [
  PASSWORD,
  TOKEN,
  CARD,
  CARD.replaceAll('-', ''),
  API_KEY,
  'c2lnbmF0dXJl',
  'dG9wIHNlY3JldA==',
  'battery',
];

class Paid extends Signal<Record<string, unknown>> {}

class Account {
  constructor(
    readonly id: number,
    readonly password: string,
  ) {}
}

@Injectable()
class Bank {
  @OnSignal(Paid, { uid: 'bank.refuse' })
  refuse(payload: Record<string, unknown>): void {
    throw Object.assign(new Error(`refused ${CARD}: password=${PASSWORD}, Authorization: Bearer ${TOKEN}`), {
      payload,
    });
  }

  @OnSignal(Paid, { uid: 'bank.store' })
  store(): void {
    const sql = `insert into "account" ("id", "owner") values (1, 'Ann Smith, ${PASSWORD}')`;
    throw new TypeError(`${sql} - duplicate key value violates unique constraint "account_pkey"`);
  }

  @OnSignal(UserLoginFailed)
  failed(): void {}
}

@Controller('pay')
class Payments {
  constructor(
    @Inject(Paid) private readonly paid: Paid,
    @Inject(AuthSignals) private readonly auth: AuthSignals,
  ) {}

  @Post()
  async pay(@Req() request: { readonly body: Readonly<Record<string, unknown>> }): Promise<void> {
    await this.paid.sendRobust(this, {
      ...request.body,
      password: PASSWORD,
      note: `the token is ${TOKEN}`,
      deep: [{ card: { number: CARD, plain: 4111111111111111 } }, new Map([['api_key', API_KEY]])],
      url: `postgres://ann:${encodeURIComponent(PASSWORD)}@host/db`,
      headers: { authorization: `Basic dG9wIHNlY3JldA==`, cookie: `session=${TOKEN}` },
      text: `curl -H "Authorization: Bearer ${TOKEN}" -d '{"password":"${PASSWORD}"}' ${API_KEY}`,
      account: new Account(7, PASSWORD),
      get computed(): string {
        throw new Error(PASSWORD);
      },
    });
    await this.auth.loginFailed(request, { username: 'ann', password: PASSWORD });
  }
}

const BANK = { providers: [Paid, Bank], controllers: [Payments] };

async function payIn(shop: PageApp): Promise<PageReader> {
  const page = await shop.open();
  const context = { actor: 'ann', token: TOKEN };
  const { SignalRegistry } = await import('nestjs-signals');
  await shop.app.get(SignalRegistry).withContext(context, () =>
    fetch(`${shop.url}/pay`, {
      method: 'POST',
      body: JSON.stringify({ password: PASSWORD, cvv: '123' }),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}`, cookie: `session=${TOKEN}` },
    }),
  );
  await page.send('Paid');
  await page.send('UserLoginFailed');
  return page;
}

describe('Secrets of payloads, credentials and errors', () => {
  it.each([false, true])('are in no byte of the page or the stream, with payloads: %p', async payloads => {
    await using shop = await PageApp.start({ ...BANK, page: { payloads } });
    const page = await payIn(shop);

    const answers = await Promise.all(
      ['live', 'api/state', 'api/durable', 'api/dead'].map(async path => (await shop.get(`/signals/${path}`)).text()),
    );
    for (const secret of SECRETS) for (const text of [page.text, ...answers]) expect(text).not.toContain(secret);
    const paid = [...page.sends.values()].find(({ signal }) => signal === 'Paid')!;
    expect(paid.receivers.map(({ error }) => error)).toEqual([
      expect.stringMatching(/^Error: refused \*{20}: password=\*{20}, Authorization: \*{20}$/),
      `TypeError: insert into "account" ("id", "owner") values (1, '?') - duplicate key value violates unique constraint "account_pkey"`,
    ]);
    expect(paid.payload === undefined).toBe(!payloads);
  });

  it('leave the rest of a payload readable where values are shown', async () => {
    await using shop = await PageApp.start({ ...BANK, page: { payloads: true } });
    const page = await payIn(shop);
    const [paid] = [...page.sends.values()].filter(({ signal }) => signal === 'Paid');

    expect(paid!.payload).toContain('"note":"the token is *');
    expect(paid!.payload).toContain('"account":"[Account 7]"');
    expect(paid!.payload).toContain('"computed":"[getter]"');
  });
});

describe('A hostile payload', () => {
  const HOSTILE = '<img src=x onerror=alert(1)>\u202E\u2028\n\ndata: forged\n\n\0\uD800';

  it('stays one line of JSON in the stream, and is cut', async () => {
    await using shop = await PageApp.start({ providers: [Paid], page: { payloads: true } });
    const page = await shop.open();
    const paid = shop.app.get(Paid);
    await paid.send(HOSTILE.repeat(10), {
      [HOSTILE]: HOSTILE,
      long: 'x'.repeat(1_000_000),
      list: Array(100_000).fill(HOSTILE),
    });
    const hostile = await page.send('Paid');

    expect(hostile.sender!.length).toBeLessThanOrEqual(120);
    expect(hostile.payload!.length).toBeLessThanOrEqual(800);
    const events = page.text.split('\n\n').filter(event => event.includes('event: send'));
    expect(events.length).toBeGreaterThan(0);
    for (const event of events) {
      expect(event.split('\n').map(line => line.slice(0, 6))).toEqual(['id: ' + event.slice(4, 6), 'event:', 'data: ']);
      expect(Buffer.byteLength(event.split('data: ')[1]!)).toBeLessThanOrEqual(2048);
    }
  });

  it('is cut to 2 KB whatever it consists of, and a failed receiver is not what is left out', async () => {
    await using shop = await PageApp.start({ providers: [Paid], page: { payloads: true } });
    const page = await shop.open();
    const paid = shop.app.get(Paid);
    for (let at = 0; at < 60; at++) {
      paid.connect(
        () => {
          if (at === 30) throw new Error('ü'.repeat(10_000));
        },
        { uid: `receiver-${at}-${'ß'.repeat(200)}` },
      );
    }
    await paid.sendRobust('somebody', { text: '漢'.repeat(1000) });
    const cut = await page.send('Paid');

    expect(cut).toMatchObject({ failed: true, cut: expect.any(Number) });
    expect(cut.receivers.filter(({ state }) => state === 'failed')).toHaveLength(1);
    expect(Buffer.byteLength(JSON.stringify(cut))).toBeLessThanOrEqual(2048);
  });
});
