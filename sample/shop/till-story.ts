import { randomBytes } from 'node:crypto';
import { settled } from 'nestjs-signals/testing';
import type { Shop } from './shop.js';
import { claim, expected, type Steps } from './steps.js';
import { TillProcess } from './till-process.js';
import { type Answer, Visitor } from './visitor.js';

const CHAIR = 1;
const PATIENCE_MS = 20_000;

/** The story of an order whose process is killed. Every step prints what happens, and checks it. */
export class TillStory {
  private readonly account = {
    email: `bob.${randomBytes(3).toString('hex')}@example.org`,
    password: 'correct horse battery',
  };
  private order: Answer['body'];

  constructor(
    private readonly steps: Steps,
    private readonly open: () => Promise<Shop>,
  ) {}

  /** @throws Error for a check that fails. */
  async play(): Promise<void> {
    await this.step(
      'The shop closes, and one till stays open: a process that takes orders and mails nothing.',
      async () => {
        await using till = await TillProcess.open();
        await this.step('At the till Bob orders two chairs.', () => this.orderAt(till));
        await this.step('The till is killed.', async () => {
          claim('SIGKILL has ended it', await till.kill(), 'SIGKILL');
        });
      },
    );
    await this.step('The shop opens again, in another process.', () => this.reopen());
  }

  private async orderAt(till: TillProcess): Promise<void> {
    const bob = new Visitor(till);
    expected(201, await bob.post('/customers', { ...this.account, name: 'Bob' }));
    expected(200, await bob.post('/login', this.account));
    this.order = expected(201, await bob.post('/orders', { lines: [{ productId: CHAIR, quantity: 2 }] }));
    claim('no receipt was mailed to him yet', expected(200, await bob.get('/mails')), []);
  }

  private async reopen(): Promise<void> {
    await using shop = await this.open();
    const bob = new Visitor(shop);
    const { id } = this.order;
    expected(200, await bob.post('/login', this.account));
    claim('his order stands', expected(200, await bob.get('/orders')), [this.order]);
    await settled(shop.app, { timeoutMs: PATIENCE_MS });
    const subjects = expected(200, await bob.get('/mails')).map(({ subject }: { subject: string }) => subject);
    claim('its receipt was mailed to him all the same, once', subjects, [`Your receipt for order ${id}`]);
    expected(200, await bob.post(`/orders/${id}/cancel`));
  }

  private step(title: string, happens: () => Promise<void>): Promise<void> {
    return this.steps.step(title, happens);
  }
}
