import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** The faults that may happen to connections between workers and the database. */
export const FAULTS = ['cut', 'halfClose', 'freeze', 'delay'] as const;
export type Fault = (typeof FAULTS)[number];

/** How long what is not for ever lasts. */
const LASTS = { least: 5000, most: 40_000 };
const DELAY_MS = 200;

interface Line {
  readonly client: Socket;
  readonly upstream: Socket;
  isSlow: boolean;
  /** The last of the delayed writes; undefined while the line delays nothing. */
  late: Promise<unknown> | undefined;
}

/** Stands between workers and the database, and is a bad network. */
export class FaultyProxy {
  readonly made = new Map<Fault, number>(FAULTS.map(fault => [fault, 0]));
  private readonly lines = new Set<Line>();
  private readonly healing = new Set<Promise<void>>();
  private readonly server: Server;
  private readonly target: URL;
  private readonly random: (below: number) => number;

  constructor(target: string, random: (below: number) => number) {
    this.target = new URL(target);
    this.random = random;
    this.server = createServer({ allowHalfOpen: true }, client => this.open(client));
  }

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = String((this.server.address() as AddressInfo).port);
    return url.href;
  }

  /** One connection, or all that there are. */
  disturb(fault: Fault): void {
    const lines = [...this.lines];
    if (lines.length === 0) return;
    const some = this.random(4) === 0 ? lines : [lines[this.random(lines.length)]!];
    for (const line of some) this.fail(line, fault);
    this.made.set(fault, this.made.get(fault)! + 1);
  }

  /** Resolves when what was frozen or slow is so no more. */
  async healed(): Promise<void> {
    await Promise.all(this.healing);
  }

  stop(): void {
    for (const line of this.lines) this.cut(line);
    this.server.close();
  }

  private open(client: Socket): void {
    const upstream = connect({ port: Number(this.target.port), host: this.target.hostname, allowHalfOpen: true });
    const line: Line = { client, upstream, isSlow: false, late: undefined };
    this.lines.add(line);
    this.pass(line, client, upstream);
    this.pass(line, upstream, client);
  }

  private pass(line: Line, from: Socket, to: Socket): void {
    from.setNoDelay(true);
    from.on('data', data => {
      const send = () => void (to.writable && to.write(data));
      if (line.late) line.late = line.late.then(() => pause(line.isSlow ? DELAY_MS : 0)).then(send);
      else send();
    });
    from.on('end', () => to.end());
    from.on('error', () => this.cut(line));
    from.on('close', () => this.cut(line));
  }

  private cut(line: Line): void {
    this.lines.delete(line);
    line.client.destroy();
    line.upstream.destroy();
  }

  private fail(line: Line, fault: Fault): void {
    if (fault === 'cut') return this.cut(line);
    if (fault === 'halfClose') return void (this.random(2) === 0 ? line.client.end() : line.upstream.end());
    this.heal(fault === 'freeze' ? this.freeze(line) : this.delay(line));
  }

  private heal(work: Promise<void>): void {
    this.healing.add(work);
    void work.then(() => this.healing.delete(work));
  }

  /** Nothing passes for a while; then it goes on, or is cut. */
  private async freeze(line: Line): Promise<void> {
    line.client.pause();
    line.upstream.pause();
    await this.while();
    if (this.random(2) === 0) return this.cut(line);
    line.client.resume();
    line.upstream.resume();
  }

  /** Everything is late for a while, and in its order. */
  private async delay(line: Line): Promise<void> {
    line.isSlow = true;
    line.late ??= Promise.resolve();
    await this.while();
    line.isSlow = false;
    for (let last: unknown; last !== line.late;) {
      last = line.late;
      await last;
    }
    line.late = undefined;
  }

  private async while(): Promise<void> {
    await pause(LASTS.least + this.random(LASTS.most - LASTS.least));
  }
}
