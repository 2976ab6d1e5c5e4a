import { compareBy, median } from './compare.ts';
import { type AdapterName, ADAPTERS, type VariantName, VARIANTS } from './http/applications.ts';
import { Client } from './http/client.ts';
import type { Route } from './http/server.ts';
import { type Case, report } from './report.ts';

/** Memory layout and compiler differ between processes, so there are several. */
const PROCESSES = 5;
const WARM_UP_ROUNDS = 30;
const ROUNDS = 25;
const REQUESTS = 100;

const EMPTY: Route = { method: 'GET', path: '/empty' };
const LOGIN: Route = { method: 'POST', path: '/login' };

const cases: Case[] = [];

/** CPU time for each request, and the ratio to the same application without the module. */
async function measure(what: string, adapter: AdapterName, route: Route, variants: readonly VariantName[]) {
  const runs = [];
  for (let process = 0; process < PROCESSES; process++) runs.push(await measureOnce(adapter, route, variants));
  for (const [at, name] of variants.entries()) {
    const rows = runs.map(rowsOfRun => rowsOfRun[at]!);
    const receivers = VARIANTS[name].signals.length;
    const [ns, ratio] = [median(rows.map(row => row.ns)), median(rows.map(row => row.ratio))];
    cases.push({ what: `${what}, ${adapter}`, name, receivers, ns, ratio });
  }
}

async function measureOnce(adapter: AdapterName, route: Route, variants: readonly VariantName[]) {
  const client = await Client.start(adapter, variants);
  const sample = ({ at }: { at: number }) => client.spend(route, at, REQUESTS);
  const candidates = variants.map((name, at) => ({ name, at }));
  for (let round = 0; round < WARM_UP_ROUNDS; round++) for (const candidate of candidates) await sample(candidate);
  if (client.calls === 0) throw new Error('no receiver was called');
  const rows = await compareBy(sample, candidates, ROUNDS);
  client.stop();
  return rows;
}

// npm run bench -- http fastify
const named = ADAPTERS.filter(adapter => process.argv.includes(adapter));

for (const adapter of named.length > 0 ? named : ADAPTERS) {
  await measure('an empty route', adapter, EMPTY, [
    'without the module',
    'installed, no receiver',
    'RequestStarted and RequestFinished',
    'and GotRequestException',
  ]);
  await measure('a route that logs in', adapter, LOGIN, [
    'without the module',
    'installed, no receiver',
    'UserLoggedIn',
  ]);
}

report('http', cases);
