import { type Ended, start } from './processes.ts';

/** Where senders are killed, from BEGIN to just before COMMIT. */
const POINTS = ['after BEGIN', 'after the data', 'after the send', 'before the jobs', 'after the jobs'];
/** How many live at the same time, and how many orders each would place. */
const AT_ONCE = 2;
const ORDERS = 15;
/** No process is killed before this order. */
const FIRST = 3;

/** Processes that place orders until they are killed in the middle of one. */
export class Senders {
  readonly wrong: string[] = [];
  readonly rolledBack: { customer: string; number: number }[] = [];
  private readonly killedAt = new Map(POINTS.map(point => [point, 0]));
  private readonly url: string;
  private readonly random: (below: number) => number;
  private readonly killsEach: number;
  private started = 0;

  constructor(url: string, random: (below: number) => number, killsEach: number) {
    this.url = url;
    this.random = random;
    this.killsEach = killsEach;
  }

  /** Until enough have been killed at each point. */
  async run(): Promise<void> {
    await Promise.all(Array.from({ length: AT_ONCE }, () => this.runOneAfterAnother()));
  }

  /**
   * Starts the sender that places most of the orders and is not killed. No fault may happen until it has started: a process
   * that starts without its database ends.
   */
  async startSteady(orders: number): Promise<{ readonly ended: Promise<void> }> {
    const { ready, ended } = start('sender.ts', [this.url, 'steady', String(orders), '0', 'never']);
    await ready;
    return { ended: this.endOfSteady(ended) };
  }

  private async endOfSteady(ended: Promise<Ended>): Promise<void> {
    const { code } = await ended;
    if (code !== 0) this.wrong.push(`the sender that was not killed has ended with ${String(code)}`);
  }

  get summary(): string {
    return [...this.killedAt].map(([point, count]) => `${count} killed ${point}`).join(', ');
  }

  private async runOneAfterAnother(): Promise<void> {
    for (let point = this.next(); point !== undefined; point = this.next()) await this.runOne(point);
  }

  /** Points in turn: a sender that lost its database at the wrong moment is replaced. */
  private next(): string | undefined {
    const left = POINTS.filter(point => this.killedAt.get(point)! < this.killsEach);
    return left.length > 0 ? left[this.started++ % left.length] : undefined;
  }

  private async runOne(point: string): Promise<void> {
    const customer = `c${this.started}`;
    const fatal = FIRST + this.random(ORDERS - FIRST);
    const { ended } = start('sender.ts', [this.url, customer, String(ORDERS), String(fatal), point]);
    const { said, signal, code } = await ended;
    const last = said.at(-1);
    if (signal === 'SIGKILL' && last?.killed === fatal) {
      // Its connection was cut before: it was not the kill that ended the transaction.
      if (last.inside !== true) return;
      this.rolledBack.push({ customer, number: fatal });
      this.killedAt.set(point, this.killedAt.get(point)! + 1);
    } else if (code !== 0 && code !== 1) this.wrong.push(`${customer} ended with ${String(code ?? signal)}`);
  }
}
