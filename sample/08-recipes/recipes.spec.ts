import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EntityManager, MikroORM } from '@mikro-orm/core';
import { Logger } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { jest } from '@jest/globals';
import { durable, SignalRegistry } from 'nestjs-signals';
import { DurableSignals } from 'nestjs-signals/pg-boss';
import { muteSignals, settled } from 'nestjs-signals/testing';
import { AppModule } from './app.module.js';
import { Attachment, AuditEntry, Customer, Product, Review } from './entities.js';
import { Nightly } from './nightly.js';
import { ProductShipped } from './payload-version.js';
import { ProductCache } from './product-cache.js';
import { WEBHOOK_URL } from './webhooks.js';
import { Mailer } from './welcome-mail.js';

let partner: Server;
/** The status codes of the partner's next answers, in order; 204 when none is left. */
let answers: number[];
let calls: { key: unknown; body: unknown }[];
let app: TestingModule;
let em: EntityManager;

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = await request.toArray();
  return JSON.parse(Buffer.concat(chunks).toString());
}

beforeAll(async () => {
  partner = createServer((request, response) => {
    void bodyOf(request).then(body => {
      calls.push({ key: request.headers['idempotency-key'], body });
      response.writeHead(answers.shift() ?? 204).end();
    });
  });
  await new Promise<void>(resolve => void partner.listen(0, '127.0.0.1', resolve));
});

afterAll(() => void partner.close());

beforeEach(async () => {
  answers = [];
  calls = [];
  const { port } = partner.address() as AddressInfo;
  app = await Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(WEBHOOK_URL)
    .useValue(`http://127.0.0.1:${port}/`)
    .compile();
  await app.get(MikroORM).schema.create();
  em = app.get(MikroORM).em.fork();
});

afterEach(() => app.close());

async function save(name: string): Promise<Product> {
  const product = em.create(Product, { name, purchasePrice: 7 });
  await em.flush();
  await settled(app);
  return product;
}

const entries = (entity: string) => em.fork().find(AuditEntry, { entity }, { orderBy: { id: 'asc' } });

describe('The audit log', () => {
  it('has an entry of each change, with the actor, and without hidden values and itself', async () => {
    await app.get(SignalRegistry).withContext({ actor: 'Ann' }, async () => {
      const product = await save('shoe');
      product.name = 'boot';
      await em.flush();
      await em.remove(product).flush();
    });

    expect(await entries('Product')).toMatchObject([
      { action: 'create', actor: 'Ann', key: '1', changes: { name: { to: 'shoe' } } },
      { action: 'update', changes: { name: { from: 'shoe', to: 'boot' } } },
      { action: 'delete', key: '1', changes: {} },
    ]);
    const [created] = await entries('Product');
    expect(created?.changes).not.toHaveProperty('purchasePrice');
    expect(await entries('AuditEntry')).toEqual([]);
  });
});

describe('The cache', () => {
  it('forgets a product once its change is committed', async () => {
    const product = await save('shoe');
    const cache = app.get(ProductCache);
    expect(await cache.nameOf(product.id)).toBe('shoe');

    product.name = 'boot';
    await em.flush();

    expect(await cache.nameOf(product.id)).toBe('boot');
  });
});

describe('The counter', () => {
  it('counts the reviews that are stored, and not those that are changed', async () => {
    const product = await save('shoe');
    const [first] = [em.create(Review, { text: 'good', product }), em.create(Review, { text: 'bad', product })];
    await em.flush();
    first.text = 'better';
    await em.flush();
    const counted = async () => (await em.fork().findOneOrFail(Product, product.id)).reviewCount;
    expect(await counted()).toBe(2);

    await em.remove(first).flush();

    expect(await counted()).toBe(1);
  });
});

describe('The clean-up of files', () => {
  it('removes the file of a row that is gone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'attachment-'));
    const path = join(folder, 'invoice.pdf');
    await writeFile(path, '');
    const attachment = em.create(Attachment, { path });
    await em.flush();

    await em.remove(attachment).flush();
    await settled(app);

    expect(existsSync(path)).toBe(false);
    await rm(folder, { recursive: true });
  });
});

describe('A webhook', () => {
  let logged: jest.Spied<Logger['error']>;
  beforeEach(() => void (logged = jest.spyOn(Logger.prototype, 'error').mockReturnValue()));
  afterEach(() => logged.mockRestore());

  it('is repeated with the same key until the partner takes it', async () => {
    answers = [503, 500];

    await save('shoe');

    expect(calls.map(({ body }) => body)).toEqual(Array(3).fill({ id: 1, name: 'shoe' }));
    expect(new Set(calls.map(({ key }) => key)).size).toBe(1);
  });

  it('is not repeated when the partner refuses it', async () => {
    answers = [410];

    await save('shoe');

    expect(calls).toHaveLength(1);
    expect(logged).toHaveBeenCalled();
  });
});

describe('A customer', () => {
  it('gets one welcome mail, at the address that is stored by then', async () => {
    const customer = em.create(Customer, { email: 'ann@example.org' });
    await em.flush();
    customer.email = 'ann@example.com';
    await em.flush();
    await settled(app);

    expect([...app.get(Mailer).sent.values()]).toEqual(['ann@example.com']);
  });

  it('is kept when it is deleted, and no longer found', async () => {
    const customer = em.create(Customer, { email: 'ann@example.org' });
    await em.flush();

    await em.remove(customer).flush();

    expect(await em.fork().count(Customer)).toBe(0);
    expect(await em.fork().count(Customer, {}, { filters: false })).toBe(1);
    expect((await entries('Customer')).map(({ action }) => action)).toEqual(['create', 'update']);
  });
});

describe('A payload that an older process has stored', () => {
  it('is brought up to date before a receiver has it', async () => {
    await app.init();
    const received: object[] = [];
    const shipped = app.get(ProductShipped);
    shipped.connect(payload => received.push(payload), { uid: 'parcels', delivery: durable() });
    await app.get(DurableSignals).pause('parcels');
    const older = jest.replaceProperty<{ version: number }, 'version'>(ProductShipped, 'version', 1);
    await shipped.send('the shop of yesterday', { id: 7 } as never);
    older.restore();
    await app.get(DurableSignals).resume('parcels');
    await shipped.send('the shop', { productId: 8, parcels: 2 });
    await settled(app);

    expect(received).toEqual([
      { productId: 7, parcels: 1 },
      { productId: 8, parcels: 2 },
    ]);
  });
});

describe('The job of the night', () => {
  it('is the actor of what it changes', async () => {
    {
      using _ = muteSignals(app);
      await save(' shoe');
    }
    await app.get(Nightly).run();

    expect(await entries('Product')).toMatchObject([
      { actor: 'nightly', changes: { name: { from: ' shoe', to: 'shoe' } } },
    ]);
  });
});
