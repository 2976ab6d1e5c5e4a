import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';

const LOOK_MS = 50;

/** The database of a run: what is done to it, and what must be true of it. */
export class Database {
  cut = 0;
  crashes = 0;
  private readonly url: string;
  private client: Client | undefined;

  constructor(url: string) {
    this.url = url;
  }

  async prepare(): Promise<void> {
    await this.ask(`create table orders (id serial primary key, customer text not null, number int not null)`);
    await this.ask(`create table receipts (id serial primary key, "order" int not null)`);
    await this.ask(`create table mails (id serial primary key, "order" int not null)`);
    await this.ask(`create table parcels (id serial primary key, "order" int not null)`);
    await this.ask(`create table ledger (id serial primary key, customer text not null, number int not null)`);
  }

  async count(table: string): Promise<number> {
    const [row] = await this.ask(`select count(*)::int as count from ${table}`);
    return row!.count as number;
  }

  /** Ends one connection of the application. */
  async cutOne(random: (below: number) => number): Promise<void> {
    const rows = await this.ask(`select pid from pg_stat_activity where datname = current_database()
      and backend_type = 'client backend' and pid <> pg_backend_pid() and xact_start is not null order by pid`);
    if (rows.length === 0) return;
    await this.ask(`select pg_terminate_backend(${String(rows[random(rows.length)]!.pid)})`);
    this.cut += 1;
  }

  /** The server starts again when one of its processes dies: everybody is thrown out, and it recovers from its log. */
  async crash(): Promise<void> {
    const [row] = await this.ask('select pg_backend_pid() as pid');
    process.kill(row!.pid as number, 'SIGKILL');
    this.crashes += 1;
    this.client = undefined;
    await this.ask('select 1');
  }

  /** Waits until nothing is left to do; says what is. */
  async settle(withinMs: number): Promise<string[]> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const left = await this.ask(`select name, state::text, count(*)::int as count from signals.job
        where state < 'completed' or state = 'failed' group by 1, 2 order by 1, 2`);
      if (left.length === 0) return [];
      if (performance.now() > deadline)
        return left.map(({ name, state, count }) => `${String(count)} jobs of ${String(name)} are ${String(state)}`);
      await pause(LOOK_MS);
    }
  }

  /** @param rolledBack - orders of killed senders, which were inside their transaction. */
  async wrong(rolledBack: readonly { customer: string; number: number }[]): Promise<string[]> {
    const counts = await this.askEach(
      ['receipts', 'parcels', 'mails'],
      table => `select o.id, count(r.id)::int as count from orders o left join ${table} r on r."order" = o.id
        group by o.id having count(r.id) ${table === 'mails' ? '< 1' : '<> 1'}`,
    );
    const orphans = await this.askEach(
      ['receipts', 'parcels', 'mails'],
      table => `select r."order" as id from ${table} r left join orders o on o.id = r."order" where o.id is null`,
    );
    const disorder = await this.ask(`select customer, number from (select customer, number,
      lag(number) over (partition by customer order by id) as before from ledger) l where before >= number`);
    const missing = await this.ask(`select customer, number from orders where number % 5 = 0
      except select customer, number from ledger`);
    const stored = await this.ask('select customer, number from orders');
    const there = new Set(stored.map(({ customer, number }) => `${String(customer)}/${String(number)}`));
    return [
      ...counts.map(({ id, count, table }) => `order ${String(id)} has ${String(count)} ${String(table)}`),
      ...orphans.map(({ id, table }) => `order ${String(id)} is not there, and has ${String(table)}`),
      ...disorder.map(
        ({ customer, number }) => `the ledger has ${String(customer)}/${String(number)} out of order, or twice`,
      ),
      ...missing.map(({ customer, number }) => `the ledger lacks ${String(customer)}/${String(number)}`),
      ...rolledBack
        .filter(({ customer, number }) => there.has(`${customer}/${number}`))
        .map(({ customer, number }) => `${customer}/${number} was committed, although its sender was killed before`),
    ];
  }

  private async askEach(
    tables: readonly string[],
    sqlOf: (table: string) => string,
  ): Promise<Record<string, unknown>[]> {
    const rows: Record<string, unknown>[] = [];
    for (const table of tables) rows.push(...(await this.ask(sqlOf(table))).map(row => ({ ...row, table })));
    return rows;
  }

  async close(): Promise<void> {
    await this.client?.end().catch(() => {});
  }

  /** Asks until there is an answer: the server may be starting again. */
  private async ask(sql: string): Promise<Record<string, unknown>[]> {
    for (;;) {
      try {
        this.client ??= await this.connect();
        return (await this.client.query<Record<string, unknown>>(sql)).rows;
      } catch (error) {
        const { code = '' } = error as { code?: string };
        // Anything but a lost connection is an error of ours.
        if (/^(42|22|23)/.test(code)) throw error;
        this.client = undefined;
        await pause(LOOK_MS);
      }
    }
  }

  private async connect(): Promise<Client> {
    const client = new Client({ connectionString: this.url });
    client.on('error', () => (this.client = undefined));
    await client.connect();
    return client;
  }
}
