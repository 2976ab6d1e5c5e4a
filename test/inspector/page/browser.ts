import axe from 'axe-core';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const PLACES = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin'];

const PROGRAM = ['chromium', 'chromium-browser', 'google-chrome']
  .flatMap(name => PLACES.map(place => join(place, name)))
  .find(path => existsSync(path));

export const isChromiumInstalled = PROGRAM !== undefined;

/** Runs what needs a browser where there is one; elsewhere it says loudly that nothing was tested. */
export function describeInChromium(title: string, tests: () => void): void {
  if (isChromiumInstalled) {
    describe(title, tests);
    return;
  }
  console.warn(`CHROMIUM IS NOT INSTALLED: nothing was tested in a browser. Debian: apt-get install chromium`);
  it(`${title}: needs Chromium`, () => {
    expect(isChromiumInstalled).toBe(false);
  });
}

/** A page of a real browser, and what went wrong in it. */
export interface Tab extends AsyncDisposable {
  readonly page: Page;
  /** Errors, warnings and violations of the Content-Security-Policy. */
  readonly problems: readonly string[];
  /** Every byte that the page was given, streams excepted. */
  readonly received: readonly string[];
}

/** Chromium without a window. */
export class Chromium implements AsyncDisposable {
  private constructor(private readonly browser: Browser) {}

  static async start(): Promise<Chromium> {
    return new Chromium(await chromium.launch({ executablePath: PROGRAM!, args: ['--no-sandbox'] }));
  }

  async open(url: string, options: BrowserContextOptions = {}): Promise<Tab> {
    const context = await this.browser.newContext(options);
    context.setDefaultTimeout(20_000);
    const page = await context.newPage();
    const [problems, received]: string[][] = [[], []];
    page.on('pageerror', error => problems!.push(error.message));
    page.on('console', said => ['error', 'warning'].includes(said.type()) && problems!.push(said.text()));
    page.on('response', async response => {
      if (!response.url().endsWith('/api/events')) received!.push(await response.text().catch(() => ''));
    });
    await page.goto(url);
    return { page, problems: problems!, received: received!, [Symbol.asyncDispose]: () => context.close() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
  }
}

/** The rules of axe that a page breaks, each with the first element that breaks it. */
export async function violationsOf(page: Page): Promise<string[]> {
  // Runs beside the page, so its Content-Security-Policy does not refuse it.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

/** By how many pixels the page is wider than its window. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - innerWidth');
}
