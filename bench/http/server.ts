// The applications of one adapter, in a process that does nothing else. It reports its CPU time.
import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type AdapterName, calls, startApplication, type VariantName } from './applications.ts';

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
}

/** A command: requests to inject into one of the applications, or none. */
export interface Order {
  readonly inject?: Route & { readonly at: number; readonly count: number };
}

/** The CPU microseconds and the calls of receivers so far, and the ports of the applications. */
export interface Usage {
  readonly cpuUs: number;
  readonly calls: number;
  readonly ports: readonly number[];
}

const [adapter, ...variants] = process.argv.slice(2) as [AdapterName, ...VariantName[]];
const apps: NestFastifyApplication[] = [];
for (const variant of variants) apps.push((await startApplication(adapter, variant)) as NestFastifyApplication);
const ports = apps.map(app => (app.getHttpServer().address() as AddressInfo).port);

const payload = { username: 'ann', password: 'correct horse' };

async function inject({ at, count, method, path: url }: NonNullable<Order['inject']>): Promise<void> {
  for (let time = 0; time < count; time++) {
    const { statusCode } = await apps[at]!.inject({ method, url, ...(method === 'POST' && { payload }) });
    if (statusCode >= 300) throw new Error(`${url} is answered ${statusCode}`);
  }
}

function report(): void {
  const { user, system } = process.cpuUsage();
  process.send!({ cpuUs: user + system, calls: calls.count, ports } satisfies Usage);
}

process.on('message', async ({ inject: injection }: Order) => {
  if (injection) await inject(injection);
  report();
});
process.on('disconnect', () => process.exit());
report();
