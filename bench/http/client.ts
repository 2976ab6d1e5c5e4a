import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import type { AdapterName, VariantName } from './applications.ts';
import type { Order, Route, Told } from './server.ts';

const BODY = JSON.stringify({ username: 'ann', password: 'correct horse' });

/**
 * The applications of one adapter, in a process of their own, and the one who asks them: on Fastify inside that
 * process, on Express over HTTP from this one, whose CPU time does not count.
 */
export class Client {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });
  private readonly child: ChildProcess;
  private readonly adapter: AdapterName;
  private told: Told;

  private constructor(child: ChildProcess, adapter: AdapterName, told: Told) {
    this.child = child;
    this.adapter = adapter;
    this.told = told;
  }

  static async start(adapter: AdapterName, variants: readonly VariantName[]): Promise<Client> {
    const options = { execArgv: ['--disable-warning=ExperimentalWarning'] };
    const child = fork(join(import.meta.dirname, 'server.ts'), [adapter, ...variants], options);
    const [told] = (await once(child, 'message')) as [Told];
    return new Client(child, adapter, told);
  }

  /** How often receivers have been called. */
  get calls(): number {
    return this.told.calls;
  }

  /** CPU nanoseconds that one of so many requests costs; on Express with the parsing of HTTP. */
  async spend(route: Route, at: number, count: number): Promise<number> {
    const before = await this.tell({});
    if (this.adapter === 'fastify') await this.tell({ inject: { ...route, at, count } });
    else for (let time = 0; time < count; time++) await this.ask(route, this.told.ports[at]!);
    return (((await this.tell({})) - before) * 1000) / count;
  }

  stop(): void {
    this.agent.destroy();
    this.child.disconnect();
  }

  private async tell(order: Order): Promise<number> {
    this.child.send(order);
    [this.told] = (await once(this.child, 'message')) as [Told];
    return this.told.cpuUs;
  }

  private async ask({ method, path }: Route, port: number): Promise<void> {
    const headers = method === 'POST' ? { 'content-type': 'application/json', 'content-length': BODY.length } : {};
    const asked = request({ host: '127.0.0.1', port, agent: this.agent, method, path, headers });
    const [response] = (await once(asked.end(method === 'POST' ? BODY : undefined), 'response')) as [IncomingMessage];
    if ((response.statusCode ?? 500) >= 300) throw new Error(`${path} is answered ${response.statusCode}`);
    await once(response.resume(), 'end');
  }
}
