import { createServer, connect, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** The moment when a connection is cut: before its next COMMIT is passed on, just after, or before its answer is. */
export type Fate = 'before' | 'in' | 'after';

/** Stands between a driver and a server, and cuts connections where a test wants them cut. */
export class PostgresProxy implements AsyncDisposable {
  /** The outcome of a transaction cannot be asked for. */
  isSilent = false;
  private readonly lines = new Set<Line>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async before(url: string): Promise<PostgresProxy> {
    const target = new URL(url);
    const server = createServer(client =>
      proxy.lines.add(new Line(client, target, proxy, line => proxy.lines.delete(line))),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const own = new URL(url);
    own.hostname = '127.0.0.1';
    own.port = String((server.address() as AddressInfo).port);
    const proxy = new PostgresProxy(server, own.href);
    return proxy;
  }

  /** The connection that the server knows by this port: `select inet_client_port()`. */
  line(port: number): Line {
    return [...this.lines].find(line => line.port === port)!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const line of this.lines) line.cut();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** One connection. */
class Line {
  fate: Fate | undefined;
  private readonly upstream: Socket;
  private isWaiting = false;

  constructor(
    private readonly client: Socket,
    target: URL,
    private readonly proxy: { readonly isSilent: boolean },
    ended: (line: Line) => void,
  ) {
    this.upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, this.upstream]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.cut());
      socket.on('close', () => {
        this.cut();
        ended(this);
      });
    }
    client.on('data', data => this.ask(data));
    this.upstream.on('data', data => this.answer(data));
  }

  get port(): number | undefined {
    return this.upstream.localPort;
  }

  cut(): void {
    this.client.destroy();
    this.upstream.destroy();
  }

  /** Nothing passes any more, and both sides stay connected. */
  freeze(): void {
    this.client.pause();
    this.upstream.pause();
  }

  private ask(data: Buffer): void {
    const text = data.toString('latin1');
    if (this.proxy.isSilent && text.includes('pg_xact_status')) return this.cut();
    if (!this.fate || !/^Q....commit\0/s.test(text)) return void this.upstream.write(data);
    if (this.fate === 'before') return this.cut();
    this.isWaiting = this.fate === 'after';
    this.upstream.write(data, () => {
      if (!this.isWaiting) this.cut();
    });
  }

  private answer(data: Buffer): void {
    if (this.isWaiting) this.cut();
    else this.client.write(data);
  }
}
