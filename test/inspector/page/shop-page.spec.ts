import { jest } from '@jest/globals';
import { PermanentFailure } from 'nestjs-signals';
import { DurableSignals } from 'nestjs-signals/pg-boss';
import { fakeReceiver } from 'nestjs-signals/testing';
import type { Page } from 'playwright-core';
import { PASSWORD, TestShop } from '../../sample/fixtures/test-shop.js';
import { eventually } from '../../support/eventually.js';
import { Chromium, describeInChromium, violationsOf } from './browser.js';

jest.setTimeout(120_000);

const HOSTILE = '<img src=x onerror="document.title=\'broken into\'"> \u202Eexe.txt';

async function url(shop: TestShop): Promise<string> {
  return `${await shop.app.getUrl()}/signals`;
}

/** A receipt that has failed for the last time. */
async function deadReceipt(shop: TestShop, message: string): Promise<void> {
  const [person, chair] = [await shop.customer(), await shop.product(5)];
  using _ = fakeReceiver(shop.app, 'receipts.mail', () => {
    throw new PermanentFailure(message);
  });
  await person.order([chair, 1]);
  await eventually(async () => (await shop.app.get(DurableSignals).dead()).length > 0);
}

/** Presses Tab until the focus is where its name says. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  for (let at = 0; at < 80; at += 1) {
    await page.keyboard.press('Tab');
    const text = await page.evaluate<string>(
      '[document.activeElement.textContent, document.activeElement.labels?.[0]?.textContent].join(" ")',
    );
    if (typeof name === 'string' ? text.includes(name) : name.test(text)) return;
  }
  throw new Error(`Tab does not come to ${String(name)}.`);
}

describeInChromium('The live page of the shop', () => {
  let browser: Chromium;
  let shop: TestShop;
  beforeAll(async () => {
    [browser, shop] = [await Chromium.start(), await TestShop.open()];
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await shop?.[Symbol.asyncDispose]();
  });

  beforeEach(() => shop.app.get(DurableSignals).remove({ receiver: 'receipts.mail' }));

  it('shows an order as a tree: its signal, who received it, and what they caused', async () => {
    const [person, chair] = [await shop.customer(), await shop.product(5)];
    await using tab = await browser.open(await url(shop));
    await tab.page.getByText('Live', { exact: true }).waitFor();

    await person.order([chair, 1]);

    const order = tab.page.locator('li.send').filter({ hasText: 'OrderPlaced' }).first();
    await order.getByText('receipts.mail').first().waitFor();
    await order
      .getByText(/stored/)
      .first()
      .waitFor();
    await tab.page.getByLabel('Signal').fill('orderplaced');
    expect(await tab.page.locator('ol.sends > li.send').count()).toBe(1);
    expect(tab.problems).toEqual([]);
  });

  it('finds a dead message, and retries it by the keyboard alone', async () => {
    await deadReceipt(shop, `The printer is out of paper ${HOSTILE}`);
    await using tab = await browser.open(`${await url(shop)}/#durable`);
    const { page } = tab;
    await page.getByRole('heading', { name: 'Messages', exact: true }).waitFor();

    await tabTo(page, 'Search');
    await page.keyboard.type('PRINTER');
    await page.getByText('⟨U+202E⟩').first().waitFor();
    await tabTo(page, /^Retry message/);
    await page.keyboard.press('Enter');

    await page.getByText('1 message will be retried').waitFor();
    expect(await page.evaluate('document.activeElement.textContent')).toBe('1 message will be retried');
    await page.getByText(/No dead message/).waitFor();
    await shop.delivered();
    expect(await shop.app.get(DurableSignals).dead()).toEqual([]);
    expect(await page.title()).not.toContain('broken into');
    expect(tab.problems).toEqual([]);
  });

  it('asks before it removes a message, which is shown whole', async () => {
    await deadReceipt(shop, 'The printer is out of toner');
    await using tab = await browser.open(`${await url(shop)}/#durable`);
    const { page } = tab;

    await page.locator('.messages a').first().click();
    await page.getByText('orderId').first().waitFor();
    await page.getByText('The printer is out of toner').first().waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Remove this message' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Remove this message');
    expect(await shop.app.get(DurableSignals).dead()).toHaveLength(1);
    await page.getByRole('button', { name: 'Remove this message' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();

    await page.getByText('1 message removed').waitFor();
    expect(await shop.app.get(DurableSignals).dead()).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('breaks no rule of axe in %s colors', async colorScheme => {
    const [person, chair] = [await shop.customer(), await shop.product(5)];
    await using tab = await browser.open(await url(shop), { colorScheme });
    const { page } = tab;
    await page.getByText('Live', { exact: true }).waitFor();
    await person.order([chair, 1]);
    await page.getByText('receipts.mail').first().waitFor();
    expect(await violationsOf(page)).toEqual([]);

    for (const view of ['Signals', 'Durable', 'Rows']) {
      await page.getByRole('link', { name: view, exact: true }).click();
      await page.getByRole('heading', { name: view, exact: true }).waitFor();
      await page.locator('.panel, .figures, .empty, .problem').first().waitFor();
      expect(await violationsOf(page)).toEqual([]);
    }
    expect(tab.problems).toEqual([]);
  });

  it('has the password of a customer in no byte', async () => {
    await using tab = await browser.open(await url(shop));
    await tab.page.getByText('Live', { exact: true }).waitFor();
    const person = await shop.customer();
    await person.logIn('a wrong guess at it');
    await tab.page.getByText('UserLoginFailed').first().waitFor();

    const shown = [await tab.page.content(), ...tab.received].join();
    expect(shown).not.toContain(PASSWORD);
    expect(shown).not.toContain('a wrong guess at it');
  });
});
