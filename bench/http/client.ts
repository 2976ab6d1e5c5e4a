import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import type { AdapterName, VariantName } from './applications.ts';
import type { Order, Route, Usage } from './server.ts';

const BODY = JSON.stringify({ username: 'ann', password: 'correct horse' });

/**
 * The applications of one adapter, in a process of their own, and their client: on Fastify inside that
 * process, on Express over HTTP from this one, whose CPU time does not count.
 */
export class Client {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });
  private readonly child: ChildProcess;
  private readonly adapter: AdapterName;
  private usage: Usage;

  private constructor(child: ChildProcess, adapter: AdapterName, usage: Usage) {
    this.child = child;
    this.adapter = adapter;
    this.usage = usage;
  }

  static async start(adapter: AdapterName, variants: readonly VariantName[]): Promise<Client> {
    const options = { execArgv: ['--disable-warning=ExperimentalWarning'] };
    const child = fork(join(import.meta.dirname, 'server.ts'), [adapter, ...variants], options);
    const [usage] = (await once(child, 'message')) as [Usage];
    return new Client(child, adapter, usage);
  }

  /** The number of calls of receivers. */
  get calls(): number {
    return this.usage.calls;
  }

  /** The CPU nanoseconds of one of `count` requests; on Express including the parsing of HTTP. */
  async spend(route: Route, at: number, count: number): Promise<number> {
    const before = await this.command({});
    if (this.adapter === 'fastify') await this.command({ inject: { ...route, at, count } });
    else for (let time = 0; time < count; time++) await this.ask(route, this.usage.ports[at]!);
    return (((await this.command({})) - before) * 1000) / count;
  }

  stop(): void {
    this.agent.destroy();
    this.child.disconnect();
  }

  private async command(order: Order): Promise<number> {
    this.child.send(order);
    [this.usage] = (await once(this.child, 'message')) as [Usage];
    return this.usage.cpuUs;
  }

  private async ask({ method, path }: Route, port: number): Promise<void> {
    const headers = method === 'POST' ? { 'content-type': 'application/json', 'content-length': BODY.length } : {};
    const asked = request({ host: '127.0.0.1', port, agent: this.agent, method, path, headers });
    const [response] = (await once(asked.end(method === 'POST' ? BODY : undefined), 'response')) as [IncomingMessage];
    if ((response.statusCode ?? 500) >= 300) throw new Error(`${path} is answered ${response.statusCode}`);
    await once(response.resume(), 'end');
  }
}
