import { type Candidate, compare } from './compare.ts';
import { measureDiscovery } from './dispatch/discovery.ts';
import { measureMemory } from './dispatch/memory.ts';
import { nestPeers } from './dispatch/nest-peers.ts';
import { connected, send, sendSync, sendSyncAndRead, warmUp } from './dispatch/ours.ts';
import { asynchronousPeers, awaitedLoop, nodeEventEmitter, plainLoop, synchronousPeers } from './dispatch/peers.ts';
import { nextPayload, receivers, seen } from './dispatch/receivers.ts';
import { type Case, report } from './report.ts';

const cases: Case[] = [];

async function measure(what: string, count: number, candidates: readonly [Candidate, ...Candidate[]]): Promise<void> {
  for (const row of await compare(candidates)) cases.push({ what, receivers: count, ...row });
}

await warmUp();

const nothing = receivers('nothing', 3);
await measure('receivers that return nothing', 3, [
  plainLoop(nothing),
  sendSync(nothing),
  sendSync(receivers('message', 3), 'sendSync, receivers that take the Message'),
  ...synchronousPeers(nothing),
]);

const values = receivers('value', 3);
await measure('receivers that return a value', 3, [loopAndSum(values), sendSync(values), sendSyncAndRead(values)]);

await measure('no receivers', 0, [nodeEventEmitter([]), sendSync([])]);

const asynchronous = receivers('async', 3);
await measure('async receivers, awaited', 3, [
  awaitedLoop(asynchronous),
  send(asynchronous),
  ...asynchronousPeers(asynchronous),
]);

const nest = await nestPeers(nothing);
await measure('sync receivers, awaited', 3, [nest.awaited, send(nothing), ...nest.emit]);

await measure('1,000 receivers of 1,000 senders', 1000, senders());

cases.push(...(await measureDiscovery()), ...(await measureMemory()));
report('dispatch', cases);

function loopAndSum(calls: ReturnType<typeof receivers>): Candidate {
  const run = () => {
    const payload = nextPayload();
    let sum = 0;
    for (let at = 0; at < calls.length; at++) sum += calls[at]!(payload) as number;
    return sum;
  };
  return { name: 'plain loop', run };
}

/** One receiver for each of a thousand classes; sixteen of them send in turn. */
function senders(): [Candidate, ...Candidate[]] {
  const calls = receivers('nothing', 1000);
  const classes = calls.map(() => class {});
  const byClass = new Map(classes.map((sender, at) => [sender, [calls[at]!]]));
  const ping = connected(calls, classes);
  let turn = 0;
  const next = () => classes[(turn++ & 15) * 60]!;
  const mapAndLoop = () => {
    const payload = nextPayload();
    for (const call of byClass.get(next()) ?? []) call(payload);
  };
  return [
    { name: 'Map.get and a loop', run: mapAndLoop },
    { name: 'sendSync', run: () => ping.sendSync(next(), nextPayload()) },
  ];
}

if (seen.sum === 0) throw new Error('no receiver was called');
