import { Signal } from 'nestjs-signals';
import type { Candidate } from '../compare.ts';
import { nextPayload, type Payload, type Receive, receivers } from './receivers.ts';

class Ping extends Signal<Payload> {}

export function connected(calls: readonly Receive[], senders: readonly unknown[] = []): Ping {
  const ping = new Ping();
  for (const [at, call] of calls.entries()) ping.connect(call, at in senders ? { sender: senders[at] } : {});
  return ping;
}

export function sendSync(calls: readonly Receive[], name = 'sendSync'): Candidate {
  const ping = connected(calls);
  return { name, run: () => ping.sendSync(null, nextPayload()) };
}

export function sendSyncAndRead(calls: readonly Receive[]): Candidate {
  const ping = connected(calls);
  const run = () => {
    let sum = 0;
    for (const response of ping.sendSync(null, nextPayload())) {
      if (response.status === 'fulfilled') sum += response.value as number;
    }
    return sum;
  };
  return { name: 'sendSync, responses read', run };
}

export function send(calls: readonly Receive[], name = 'send'): Candidate {
  const ping = connected(calls);
  return { name, run: () => ping.send(null, nextPayload()) };
}

/** Shows the compiler the variety of an application: signals with one, three and ten receivers of every kind. */
export async function warmUp(): Promise<void> {
  for (const count of [1, 3, 10]) {
    for (const kind of ['nothing', 'message', 'value', 'async'] as const) {
      const ping = connected(receivers(kind, count));
      for (let time = 0; time < 20_000; time++) {
        if (kind !== 'async') ping.sendSync(null, nextPayload());
        if (time % 10 === 0) await ping.send(null, nextPayload());
      }
    }
  }
}
