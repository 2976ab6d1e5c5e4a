import { jest } from '@jest/globals';
import { Inject, Injectable, Module, type Type } from '@nestjs/common';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { OnSignal, Signal } from 'nestjs-signals';
import { PageApp } from '../page-app.js';
import { Chromium, describeInChromium, overflowOf, type Tab, violationsOf } from './browser.js';

jest.setTimeout(120_000);

class OrderPlaced extends Signal<{ id: number }> {}

class OrderPaid extends Signal<{ id: number }> {}

@Injectable()
class Orders {
  constructor(
    @Inject(OrderPlaced) readonly placed: OrderPlaced,
    @Inject(OrderPaid) private readonly paid: OrderPaid,
  ) {}

  @OnSignal(OrderPlaced, { uid: 'orders.pay' })
  async pay({ id }: { id: number }): Promise<void> {
    await this.paid.send(this, { id });
  }

  @OnSignal(OrderPaid, { uid: 'orders.ship', when: ({ id }) => id > 100 })
  ship(): void {}
}

/** Ten modules with 30 receivers each. */
function manyModules(): Type[] {
  return Array.from({ length: 10 }, (_, at) => {
    class Many {}
    for (let of = 0; of < 30; of += 1) {
      Object.defineProperty(Many.prototype, `receive${of}`, { value() {}, configurable: true, writable: true });
      const descriptor = Object.getOwnPropertyDescriptor(Many.prototype, `receive${of}`)!;
      OnSignal(OrderPlaced, { uid: `many.${at}.${of}` })(Many.prototype, `receive${of}`, descriptor);
    }
    Injectable()(Many);
    const module = { [`Module${at}`]: class {} }[`Module${at}`]!;
    Module({ providers: [Many] })(module);
    return module;
  });
}

function shop(imports: Type[] = []): Promise<PageApp> {
  return PageApp.start({ providers: [OrderPlaced, OrderPaid, Orders], imports });
}

async function live(browser: Chromium, url: string, view = ''): Promise<Tab> {
  const tab = await browser.open(`${url}/signals${view}`);
  await tab.page.getByText('Live', { exact: true }).waitFor();
  return tab;
}

/** A proxy in front of an application, which may be another one later. */
async function doorOf(portOf: () => number): Promise<Server> {
  const server = createServer(visitor => {
    const inside = connect(portOf(), '127.0.0.1');
    visitor.pipe(inside).pipe(visitor);
    visitor.on('error', () => inside.destroy());
    inside.on('error', () => visitor.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describeInChromium('Who uses the live page', () => {
  let browser: Chromium;
  beforeAll(async () => {
    browser = await Chromium.start();
  });
  afterAll(() => browser?.[Symbol.asyncDispose]());

  it('sees a send with those that it caused, and why a receiver was not called', async () => {
    await using app = await shop();
    await using tab = await live(browser, app.url);
    await tab.page.getByText('No send yet').waitFor();

    await app.app.get(Orders).placed.send('till', { id: 1 });

    const caused = tab.page.getByRole('list', { name: 'Sends that OrderPlaced caused' });
    await caused.getByText('not called').waitFor();
    expect(await caused.textContent()).toMatch(/OrderPaid.*orders\.ship.*not called/s);
    expect(tab.problems).toEqual([]);
  });

  it('comes to the content, to every control and to every view by the keyboard', async () => {
    await using app = await shop();
    await using tab = await live(browser, app.url);
    const { page } = tab;
    const focused = () =>
      page.evaluate<string>(
        '(({ textContent, labels, id }) => (labels?.[0] ?? { textContent }).textContent.trim() || id)(document.activeElement)',
      );
    const tabs = async (count: number) => {
      const names: string[] = [];
      for (let at = 0; at < count; at += 1) {
        await page.keyboard.press('Tab');
        names.push(await focused());
      }
      return names;
    };

    const controls = ['Pause', 'Signal', 'Receiver', 'All', 'Failed', 'Slow', 'By cause', 'By transaction'];
    expect(await tabs(13)).toEqual(['Go to the content', 'Now', 'Signals', 'Durable', 'Rows', ...controls]);
    await page.keyboard.press('Enter');
    expect(await page.getByRole('button', { name: 'By transaction' }).getAttribute('aria-pressed')).toBe('true');

    await page.getByRole('link', { name: 'Go to the content' }).focus();
    await page.keyboard.press('Enter');
    expect(await tabs(1)).toEqual(['Pause']);
    await page.getByRole('link', { name: 'Rows' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('No changes of rows are sent').waitFor();
  });

  it('stops the list with Pause, and reads how much is newer', async () => {
    await using app = await shop();
    await using tab = await live(browser, app.url);
    const { placed } = app.app.get(Orders);
    await placed.send('till', { id: 1 });
    const list = tab.page.locator('ol.sends > li.send');
    await list.first().waitFor();

    await tab.page.getByRole('button', { name: 'Pause' }).click();
    await placed.send('till', { id: 2 });
    await tab.page.getByText('2 newer sends').waitFor();
    expect(await list.count()).toBe(1);

    await tab.page.getByRole('button', { name: 'Resume' }).click();
    await list.nth(1).waitFor();
  });

  it('sees when the application is away, and a new list when another process answers', async () => {
    await using first = await shop();
    let port = Number(new URL(first.url).port);
    const door = await doorOf(() => port);
    await using tab = await live(browser, `http://127.0.0.1:${(door.address() as AddressInfo).port}`);
    await first.app.get(Orders).placed.send('till', { id: 1 });
    await tab.page.getByText('OrderPaid').first().waitFor();

    await first.app.close();
    await tab.page.getByText('Reconnecting').waitFor();
    await tab.page.getByText('OrderPaid').first().waitFor();

    await using second = await shop();
    port = Number(new URL(second.url).port);
    await tab.page.getByText('Live', { exact: true }).waitFor();
    await tab.page.getByText('No send yet').waitFor();
    expect(await tab.page.getByText('OrderPaid').count()).toBe(0);
    door.close();
  });

  it('reads a graph of 300 receivers: modules are closed, a search opens what it finds', async () => {
    await using app = await shop(manyModules());
    await using tab = await live(browser, app.url, '/#signals');
    const { page } = tab;
    await page.getByRole('button', { name: 'Graph' }).click();
    await page.locator('.box.module').first().waitFor();
    expect(await page.locator('.box.receiver').count()).toBe(0);

    await page.getByRole('button', { name: 'Module3' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('.box.receiver').nth(29).waitFor();
    expect(await page.locator('.box.receiver').count()).toBe(30);

    await page.getByLabel('Search').fill('many.7.12');
    await page.locator('.box.receiver').getByText('many.7.12').waitFor();
    expect(await page.locator('.box.receiver').count()).toBe(1);
    expect(await violationsOf(page)).toEqual([]);
    expect(tab.problems).toEqual([]);
  });

  it('sees the sends at an address that is of no view', async () => {
    await using app = await shop();
    await using tab = await live(browser, app.url, '/#toString');

    await tab.page.getByText('No send yet').waitFor();

    expect(await tab.page.title()).toMatch(/^Now ·/);
  });

  it.each([360, 768, 1280, 2560])('scrolls in no window sideways: %d px', async width => {
    await using app = await shop(manyModules());
    await using tab = await live(browser, app.url);
    const { page } = tab;
    await page.setViewportSize({ width, height: 800 });
    await app.app
      .get(Orders)
      .placed.send(`a sender with a name ${'as long as that of a class of an old library'.repeat(3)}`, { id: 1 });
    await page.locator('li.send').first().waitFor();
    const wide = [await overflowOf(page)];

    for (const view of ['Signals', 'Durable', 'Rows']) {
      await page.getByRole('link', { name: view, exact: true }).click();
      await page.getByRole('heading', { name: view, exact: true }).waitFor();
      await page.locator('.panel, .empty, .problem').first().waitFor();
      wide.push(await overflowOf(page));
    }
    await page.getByRole('link', { name: 'Signals', exact: true }).click();
    await page.getByRole('button', { name: 'Graph' }).click();
    await page.locator('.box.module').first().waitFor();
    wide.push(await overflowOf(page));

    expect(wide).toEqual([0, 0, 0, 0, 0]);
  });
});
