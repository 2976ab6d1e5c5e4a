import fc from 'fast-check';
import { Signal, SignalRegistry } from 'nestjs-signals';
import { REGISTRY } from '../../../lib/core/index.js';

class Ping extends Signal<{ send: number }> {}

const RECEIVERS = 5;

/** A step of a run in which sends overlap; the last receiver always fails. */
type Step =
  | { readonly do: 'connect' | 'disconnect'; readonly receiver: number }
  | { readonly do: 'send' | 'sendRobust' }
  | { readonly do: 'wait'; readonly turns: number };

const receiver = fc.nat({ max: RECEIVERS - 1 });

/** More sends at a time than may be nested. */
export const overlaps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('connect', 'connect', 'disconnect'), receiver }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('send', 'sendRobust') }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), turns: fc.nat({ max: 9 }) }) },
  ),
  { maxLength: 80, size: 'max' },
);

/** Runs the steps, and returns the seen and the expected events of each send: `r1 begins`, `r1 ends`, `rejected`. */
export async function overlapsRun(steps: readonly Step[], scheduler: fc.Scheduler) {
  const ping = silentPing();
  const [seen, expected]: [string[][], string[][]] = [[], []];
  const receivers = Array.from({ length: RECEIVERS }, (_none, at) => async ({ send }: { send: number }) => {
    seen[send]!.push(`r${at} begins`);
    await scheduler.schedule(Promise.resolve());
    if (at === RECEIVERS - 1) throw new Error('the last receiver fails');
    seen[send]!.push(`r${at} ends`);
  });
  const connected = new Set<number>();
  const sends: Promise<void>[] = [];
  for (const step of steps) {
    if (step.do === 'wait') {
      await scheduler.waitNext(Math.min(step.turns, scheduler.count()));
    } else if (step.do === 'connect') {
      connected.add(step.receiver);
      ping.connect(receivers[step.receiver]!);
    } else if (step.do === 'disconnect') {
      connected.delete(step.receiver);
      ping.disconnect(receivers[step.receiver]!);
    } else {
      expected.push(expectedOf([...connected], step.do === 'sendRobust'));
      const own: string[] = [];
      const send = seen.push(own) - 1;
      const settle = (how: string) => () => void own.push(how);
      sends.push(ping[step.do](null, { send }).then(settle('fulfilled'), settle('rejected')));
    }
  }
  await scheduler.waitIdle();
  await Promise.all(sends);
  return { seen, expected };
}

/** Failures without a receiver are logged; here they are expected. */
function silentPing(): Ping {
  const registry = new SignalRegistry();
  registry.log = { receiverFailed: () => {}, receiverSkipped: () => {} };
  const ping = new Ping();
  ping[REGISTRY] = registry;
  return ping;
}

function expectedOf(receivers: readonly number[], robust: boolean): string[] {
  const failing = receivers.indexOf(RECEIVERS - 1);
  const called = robust || failing < 0 ? receivers : receivers.slice(0, failing + 1);
  const calls = called.flatMap(at => [`r${at} begins`, ...(at === RECEIVERS - 1 ? [] : [`r${at} ends`])]);
  return [...calls, robust || failing < 0 ? 'fulfilled' : 'rejected'];
}
