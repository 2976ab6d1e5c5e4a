import { jest } from '@jest/globals';
import { Inject, Injectable } from '@nestjs/common';
import { OnSignal, Signal } from 'nestjs-signals';
import { PageApp } from '../page-app.js';
import { Chromium, describeInChromium, type Tab } from './browser.js';

jest.setTimeout(90_000);

const IMAGE = `<img src=x onerror="document.title='broken into'">`;
const TURNED = '\u202Egnp.exe\u2066';
const PASSWORD = 'correct horse battery';
const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N';
const CARD = '4111 1111 1111 1111';

class OrderPlaced extends Signal<object> {}

@Injectable()
class Receipts {
  @OnSignal(OrderPlaced, { uid: `receipts ${IMAGE}` })
  mail(): void {
    throw new Error(`${IMAGE}${TURNED}</script><script>document.title='broken into'</script>`);
  }
}

@Injectable()
class Orders {
  constructor(@Inject(OrderPlaced) readonly placed: OrderPlaced) {}
}

function shop(): Promise<PageApp> {
  return PageApp.start({ providers: [OrderPlaced, Receipts, Orders], page: { payloads: true } });
}

async function live(browser: Chromium, { url }: PageApp): Promise<Tab> {
  const tab = await browser.open(`${url}/signals`);
  await tab.page.getByText('Live', { exact: true }).waitFor();
  return tab;
}

describeInChromium('Nothing that is sent harms the live page:', () => {
  let browser: Chromium;
  beforeAll(async () => {
    browser = await Chromium.start();
  });
  afterAll(() => browser?.[Symbol.asyncDispose]());

  it.each([
    ['HTML in names, errors and payloads', { text: IMAGE, [IMAGE]: '</pre><script>1</script>' }],
    ['marks that turn the direction', { file: TURNED }],
    ['a payload of 1 MB', { text: 'x'.repeat(1_000_000) }],
    ['names of the language', JSON.parse('{ "__proto__": { "toString": 1 }, "constructor": 2, "hasOwnProperty": 3 }')],
  ])('%s', async (_, payload: object) => {
    await using app = await shop();
    await using tab = await live(browser, app);

    await app.app.get(Orders).placed.sendRobust(IMAGE, payload);

    await tab.page.getByText('<img src=x').first().waitFor();
    await tab.page.getByText('Details').first().click();
    await tab.page.getByText(`⟨U+202E⟩gnp.exe⟨U+2066⟩`).first().waitFor();
    await tab.page.getByRole('link', { name: 'Signals', exact: true }).click();
    await tab.page.getByText('Explain a send').click();
    await tab.page.getByText('<img src=x').first().waitFor();
    expect(await tab.page.locator('img, iframe, body script').count()).toBe(0);
    expect(await tab.page.title()).not.toContain('broken into');
    expect(tab.problems).toEqual([]);
  });

  it('a password, a token and the number of a card are in no byte of it', async () => {
    await using app = await shop();
    await using tab = await live(browser, app);
    const stream = await app.open();

    await app.app.get(Orders).placed.sendRobust(undefined, {
      password: PASSWORD,
      nested: [{ accessToken: TOKEN, note: `Bearer ${TOKEN}` }],
      text: `paid with ${CARD}`,
      card: CARD.replaceAll(' ', ''),
      shown: 'a plain word',
    });

    await tab.page.getByText('Details').first().click();
    await tab.page.getByText('a plain word').waitFor();
    const bytes = [stream.text, await tab.page.content(), ...tab.received].join();
    for (const secret of [PASSWORD, TOKEN, CARD, CARD.replaceAll(' ', '')]) expect(bytes).not.toContain(secret);
  });
});
