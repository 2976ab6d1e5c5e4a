import { randomBytes } from 'node:crypto';
import { MikroORM } from '@mikro-orm/postgresql';
import { settled } from 'nestjs-signals/testing';
import { AuditEntry } from './audit/audit-entry.entity.js';
import type { Shop } from './shop.js';
import { claim, expected, type Steps } from './steps.js';
import { type Answer, Visitor } from './visitor.js';

const PASSWORD = 'correct horse battery';
const GUESSES = ['password123', 'letmein-ann', 'ann-loves-me', 'qwertyuiop'];
const CHAIR = 1;
const TABLE = 2;
const LAMP = 3;
const PATIENCE_MS = 20_000;

/** Ann's story in the shop. Every step prints what happens, and checks it. */
export class Story {
  private readonly ann: Visitor;
  private readonly program: Visitor;
  private readonly burglar: Visitor;
  /** New for each run, so that the story can be played again on a database that remembers. */
  private readonly email = `ann.${randomBytes(3).toString('hex')}@example.org`;
  private readonly account = { email: this.email, password: PASSWORD };

  constructor(
    private readonly steps: Steps,
    private readonly shop: Shop,
  ) {
    this.ann = new Visitor(shop);
    this.program = new Visitor(shop);
    this.burglar = new Visitor(shop);
  }

  /** @throws Error for a check that fails. */
  async play(): Promise<void> {
    await this.step('Ann signs up, and types her address in capitals.', () => this.signUp());
    await this.step('She mistypes her password, and then logs in.', () => this.logIn());
    await this.step('She orders two chairs.', () => this.order());
    await this.step('She orders a chair, and more lamps than there are.', () => this.orderTooMuch());
    await this.step('She cancels her order.', () => this.cancel());
    await this.step('Somebody finds a table more than there should be, and corrects the stock with SQL.', () =>
      this.correct(),
    );
    await this.step('A program of hers logs in to the API with a token, and orders a chair.', () => this.useApi());
    await this.step('A burglar guesses her password, and finds it too late.', () => this.guess());
    await this.step('Ann, who is logged in still, leaves for good.', () => this.leave());
  }

  private async signUp(): Promise<void> {
    const customer = { ...this.account, name: 'Ann', email: this.email.toUpperCase() };
    const { email } = expected(201, await this.ann.post('/customers', customer));
    claim('her address is stored in its normal form', email, this.email);
  }

  private async logIn(): Promise<void> {
    expected(401, await this.ann.post('/login', { ...this.account, password: 'correct hoarse battery' }));
    expected(200, await this.ann.post('/login', this.account));
    claim('the login history knows of both', await this.logins(), ['logged in', 'failed']);
  }

  private async order(): Promise<void> {
    const before = await this.stock(CHAIR);
    const { id } = expected(201, await this.place({ productId: CHAIR, quantity: 2 }));
    claim('two chairs less are in stock', await this.stock(CHAIR), before - 2);
    const [{ changes }] = await this.read(`/orders/${id}/audit`);
    claim('the audit trail shows the new order', changes.status, { to: 'placed' });
    claim('a receipt was mailed to her', await this.recipients(), [this.email]);
  }

  private async orderTooMuch(): Promise<void> {
    const before = await this.stock(CHAIR);
    const lamps = { productId: LAMP, quantity: (await this.stock(LAMP)) + 1 };
    expected(409, await this.place({ productId: CHAIR, quantity: 1 }, lamps));
    claim('the chair is back in stock', await this.stock(CHAIR), before);
    claim('no order was stored', (await this.read('/orders')).length, 1);
    claim('no receipt was mailed', (await this.recipients()).length, 1);
  }

  private async cancel(): Promise<void> {
    const before = await this.stock(CHAIR);
    const [{ id }] = await this.read('/orders');
    expected(200, await this.ann.post(`/orders/${id}/cancel`));
    claim('the chairs are back in stock', await this.stock(CHAIR), before + 2);
    const me = await this.read('/customers/me');
    const { actor, changes } = (await this.read(`/orders/${id}/audit`)).at(-1);
    claim('the audit trail has the old value and the new', changes.status, {
      from: 'placed',
      to: 'cancelled',
    });
    claim('the audit trail knows who did it', actor, `customer #${me.id}`);
  }

  private async correct(): Promise<void> {
    const before = await this.stock(TABLE);
    const em = this.shop.app.get(MikroORM).em.fork();
    await em.getConnection().execute('update shop.product set stock = stock + 1 where id = ?', [TABLE]);
    await settled(this.shop.app, { timeoutMs: PATIENCE_MS });
    const last = async (id: number) => {
      const where = { entity: 'Product', key: String(id) };
      const [entry] = await em.find(AuditEntry, where, { orderBy: { id: 'desc' }, limit: 1 });
      return { actor: entry!.actor, ...entry!.changes.stock };
    };
    claim('the audit of the stock has it', await last(TABLE), { actor: 'unknown', from: before, to: before + 1 });
    const { id } = await this.read('/customers/me');
    claim('it knows who has put back the chairs', (await last(CHAIR)).actor, `customer #${id}`);
  }

  private async useApi(): Promise<void> {
    const { program } = this;
    expected(401, await program.get('/api/orders'));
    program.token = expected(201, await program.post('/api/tokens', this.account)).token;
    claim('the login history knows of it', await this.logins(), ['logged in', 'logged in', 'failed']);
    expected(201, await program.post('/api/orders', { lines: [{ productId: CHAIR, quantity: 1 }] }));
    claim('a token that is shown is no login', (await this.logins()).length, 3);
    const orders: { status: string }[] = expected(200, await program.get('/api/orders'));
    const statuses = orders.map(({ status }) => status);
    claim('she finds the order in the shop, too', statuses, ['placed', 'cancelled']);
    claim('a receipt was mailed to her for it', (await this.recipients()).length, 2);
  }

  private async guess(): Promise<void> {
    for (const password of GUESSES) expected(401, await this.burglar.post('/login', { ...this.account, password }));
    expected(423, await this.burglar.post('/login', { ...this.account, password: 'correct horse' }));
    expected(423, await this.burglar.post('/login', this.account));
    expected(423, await this.burglar.post('/api/tokens', this.account));
    expected(401, await this.burglar.get('/orders'));
    claim('the login history shows her that the right password was refused', (await this.logins())[0], 'locked out');
  }

  private async leave(): Promise<void> {
    expected(204, await this.ann.delete('/customers/me'));
    expected(401, await this.ann.get('/customers/me'));
    expected(201, await this.ann.post('/customers', { ...this.account, name: 'Another Ann' }));
    expected(200, await this.ann.post('/login', this.account));
    claim('the next customer with her address finds no mail of hers', await this.read('/mails'), []);
  }

  private step(title: string, happens: () => Promise<void>): Promise<void> {
    return this.steps.step(title, happens);
  }

  private place(...lines: object[]): Promise<Answer> {
    return this.ann.post('/orders', { lines });
  }

  private async stock(productId: number): Promise<number> {
    const products: { id: number; stock: number }[] = await this.read('/products');
    return products.find(({ id }) => id === productId)?.stock ?? 0;
  }

  /** The recipients of her mails, after all have been sent. */
  private async recipients(): Promise<string[]> {
    await settled(this.shop.app, { timeoutMs: PATIENCE_MS });
    const mails: { recipient: string }[] = await this.read('/mails');
    return mails.map(({ recipient }) => recipient);
  }

  private async logins(): Promise<string[]> {
    const logins: { outcome: string }[] = await this.read('/logins');
    return logins.map(({ outcome }) => outcome);
  }

  private async read(path: string): Promise<Answer['body']> {
    return expected(200, await this.ann.get(path));
  }
}
