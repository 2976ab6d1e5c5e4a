import { DurableSignals, pgBoss, type PgBossOptions, SIGNALS_SCHEMA } from 'nestjs-signals/pg-boss';
import { eventually } from '../support/eventually.js';
import { startOrmApp } from '../support/orm.js';
import { OrderPlaced, OrderSchema, Receipt, ReceiptSchema } from './order-placed.js';

export * from './order-placed.js';

type Started = Awaited<ReturnType<typeof startOrmApp>>;

/** An application with durable deliveries, and what tests ask of it. */
export interface DurableApp extends Started {
  readonly durable: DurableSignals;
  readonly placed: OrderPlaced;
  /** Resolves when nothing waits and nothing is being delivered. */
  settled(): Promise<void>;
  texts(): Promise<string[]>;
}

export async function startDurable(
  metadata: Partial<Parameters<typeof startOrmApp>[0]> = {},
  options: PgBossOptions = {},
): Promise<DurableApp> {
  const { providers = [], signals, config, ...rest } = metadata;
  const schemaGenerator = { ignoreSchema: [options.schema ?? SIGNALS_SCHEMA] };
  const t = await startOrmApp({
    entities: [OrderSchema, ReceiptSchema],
    ...rest,
    config: { schemaGenerator, ...config },
    signals: { durable: pgBoss(options), ...signals },
    providers: [OrderPlaced, ...providers],
  });
  const durable = t.app.get(DurableSignals);
  return Object.assign(t, {
    durable,
    placed: t.app.get(OrderPlaced),
    settled: () =>
      eventually(async () => {
        const counts = await durable.counts();
        return counts.every(({ waiting, delayed, active }) => waiting + delayed + active === 0);
      }),
    texts: async () => (await t.fork().findAll(Receipt, { orderBy: { id: 1 } })).map(({ text }) => text),
  });
}
