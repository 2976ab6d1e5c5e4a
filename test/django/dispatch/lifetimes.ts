import { garbageCollector } from '../../support/garbage.js';
import { differ, type Mapping } from '../mapping.js';
import { answersOf } from '../recorder.js';
import { Ping } from './signals.js';

export const LIFETIMES: Mapping = {
  'dispatch.weak_local_function_is_collected': differ(
    'NO_WEAK_REFERENCES',
    'a local function stays connected when nothing else holds it',
    { weak: [['local', 'local']] },
    async () => {
      const ping = new Ping();
      const connectLocal = () => {
        ping.connect(function local() {
          return 'local';
        });
      };
      connectLocal();
      await collectGarbage();

      return { weak: answersOf(await ping.send(null)) };
    },
  ),

  'dispatch.weak_bound_method_dies_with_instance': differ(
    'NO_WEAK_REFERENCES',
    'a bound method keeps its object until it is disconnected',
    { before: 1, after: 1, is_alive: true, after_disconnect: 0, has_listeners: false },
    async () => {
      class Mailer {
        handle() {
          return 'sent';
        }
      }
      const ping = new Ping();
      const connectMethod = () => {
        const mailer = new Mailer();
        return { connection: ping.connect(mailer.handle.bind(mailer)), mailer: new WeakRef(mailer) };
      };
      const { connection, mailer } = connectMethod();
      const before = (await ping.send(null)).length;
      await collectGarbage();
      const [after, isAlive] = [(await ping.send(null)).length, mailer.deref() !== undefined];
      connection.disconnect();

      const left = { after_disconnect: (await ping.send(null)).length, has_listeners: ping.hasReceivers() };
      return { before, after, is_alive: isAlive, ...left };
    },
  ),
};

/** Collects garbage in a later task, because a WeakRef keeps its object until the task that used it is over. */
async function collectGarbage(): Promise<void> {
  const collect = garbageCollector();
  await new Promise(setImmediate);
  collect();
}
