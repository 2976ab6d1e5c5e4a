// The applications of one adapter, in a process that does nothing else. Tells the CPU time that it has used.
import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type AdapterName, calls, startApplication, type VariantName } from './applications.ts';

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
}

/** What to do: requests to inject into one of the applications, or nothing. */
export interface Order {
  readonly inject?: Route & { readonly at: number; readonly count: number };
}

/** CPU microseconds so far, calls of receivers so far, and where the applications are. */
export interface Told {
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

function tell(): void {
  const { user, system } = process.cpuUsage();
  process.send!({ cpuUs: user + system, calls: calls.count, ports } satisfies Told);
}

process.on('message', async ({ inject: wanted }: Order) => {
  if (wanted) await inject(wanted);
  tell();
});
process.on('disconnect', () => process.exit());
tell();
