import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Signal } from 'nestjs-signals';
import type { Case } from '../report.ts';

class Ping extends Signal {}

const RECEIVERS = 100_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heap(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** Bytes for each connected receiver: a row's `ns` holds bytes, and its `ratio` compares them with a slot of an array. */
export async function measureMemory(): Promise<Case[]> {
  const calls = Array.from({ length: RECEIVERS }, () => () => {});
  const ping = new Ping();
  ping.sendSync(null);
  const before = heap();
  for (const call of calls) ping.connect(call);
  const connected = (heap() - before) / RECEIVERS;
  ping.sendSync(null);
  const sent = (heap() - before) / RECEIVERS;
  const base = { what: 'memory, bytes per connected receiver', receivers: RECEIVERS };
  return [
    { ...base, name: 'before the first send', ns: connected, ratio: connected / 8 },
    { ...base, name: 'after it', ns: sent, ratio: sent / 8 },
  ];
}
