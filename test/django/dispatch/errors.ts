import { jest } from '@jest/globals';
import { differ, type Mapping, match } from '../mapping.js';
import { answersOf, errorOf, type Recorder, ValueError } from '../recorder.js';
import { Ping } from './signals.js';

export const ERRORS: Mapping = {
  'dispatch.send_propagates_and_stops': match('an error leaves send, and who is left is not called', async record => {
    const ping = new Ping();
    ping.connect(record.receiver('a'));
    ping.connect(record.receiver('b', () => fail(new ValueError('no'))));
    ping.connect(record.receiver('c'));

    return { raised: await errorOf(() => ping.send(null)) };
  }),

  'dispatch.send_robust_lets_base_exceptions_out': differ(
    'ONE_KIND_OF_ERROR',
    'sendRobust calls every receiver, whatever is thrown',
    {
      raised: null,
      answers: [
        ['a', 'a'],
        ['b', 'not an Error'],
        ['c', 'c'],
      ],
      logged: 1,
    },
    record => sendRobustly(record, 'b', 'not an Error'),
  ),

  'dispatch.send_robust_breaks_on_nameless_receiver': differ(
    'DJANGO_BUG',
    'a receiver without a name may fail like any other',
    {
      raised: null,
      answers: [
        ['a', 'a'],
        ['an anonymous function', 'ValueError: no'],
        ['c', 'c'],
      ],
      logged: 1,
    },
    record => sendRobustly(record, '', new ValueError('no')),
  ),
};

function fail(error: unknown): never {
  throw error;
}

/** Receivers a, one that fails, and c. */
async function sendRobustly(record: Recorder, name: string, error: unknown) {
  const log = jest.spyOn(console, 'error').mockReturnValue();
  const ping = new Ping();
  ping.connect(record.receiver('a'));
  ping.connect(record.receiver(name, () => fail(error)));
  ping.connect(record.receiver('c'));
  let answers: unknown;
  const raised = await errorOf(async () => (answers = answersOf(await ping.sendRobust(null))));
  const logged = log.mock.calls.length;
  log.mockRestore();
  return { raised, answers, logged };
}
