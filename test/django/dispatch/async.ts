import { jest } from '@jest/globals';
import { adapt, differ, type Mapping } from '../mapping.js';
import { answersOf, errorOf, ValueError } from '../recorder.js';
import { Ping } from './signals.js';

type Answers = [string, unknown][];

export const ASYNC: Mapping = {
  'dispatch.async_asend_and_robust': adapt(
    'sync and async receivers answer in the order of connection, each before the next is called',
    {
      because: 'there is one order, and one receiver at a time',
      facts: ({ asend, asend_robust, asend_error }) => ({
        asend: inOrder(asend as Answers),
        finish_order_async: ['slow', 'quick'],
        asend_error,
        asend_robust: inOrder(asend_robust as Answers),
      }),
    },
    sendToSlowAndQuick,
  ),

  'dispatch.async_send_groups_sync_first': differ(
    'ONE_ORDER',
    'sync and async receivers share one order',
    { responses: ['a1', 's1', 'a2', 's2'].map(name => [name, name]) },
    async () => {
      const ping = new Ping();
      for (const name of ['a1', 's1', 'a2', 's2']) {
        const receivers = name.startsWith('a') ? { [name]: async () => name } : { [name]: () => name };
        ping.connect(receivers[name]!);
      }

      return { responses: answersOf(await ping.send(null)) };
    },
  ),

  'dispatch.async_asend_overlaps_sync_and_async': differ(
    'ONE_ORDER',
    'no two receivers run at once',
    { order: ['async', 'async end', 'sync'] },
    async () => {
      const ping = new Ping();
      const order: string[] = [];
      ping.connect(async () => {
        order.push('async');
        await nextTurn();
        order.push('async end');
      });
      ping.connect(() => void order.push('sync'));

      await ping.send(null);

      return { order };
    },
  ),

  'dispatch.async_asend_error_leaves_others_running': differ(
    'NOTHING_RUNS_ON',
    'when the caller sees an error, no receiver is running and none is started',
    { order: ['slow finished', 'caller saw the error'] },
    async () => {
      const ping = new Ping();
      const order: string[] = [];
      ping.connect(async () => {
        await nextTurn();
        order.push('slow finished');
      });
      ping.connect(() => Promise.reject(new ValueError('no')));
      ping.connect(() => void order.push('never called'));

      await errorOf(() => ping.send(null));
      order.push('caller saw the error');
      await nextTurn();

      return { order };
    },
  ),

  'dispatch.async_callable_object_is_not_awaited': differ(
    'ONE_KIND_OF_FUNCTION',
    'a promise is awaited, however the function that returns it is declared',
    { response_type: 'string' },
    async () => {
      const ping = new Ping();
      ping.connect(() => Promise.resolve('awaited'));

      const [[, value] = []] = answersOf(await ping.send(null));
      return { response_type: typeof value };
    },
  ),

  'dispatch.async_receiver_and_send_inside_a_running_loop': differ(
    'ONE_KIND_OF_FUNCTION',
    'async receivers are called from async code, by send and by sendRobust',
    { send: [['mail', 'sent']], send_robust: [['mail', 'sent']] },
    async () => {
      const ping = new Ping();
      ping.connect(async function mail() {
        await nextTurn();
        return 'sent';
      });

      const send = answersOf(await ping.send(null));
      return { send, send_robust: answersOf(await ping.sendRobust(null)) };
    },
  ),
};

/** Django's answers have the sync receiver first; it was connected after the two async ones. */
function inOrder(answers: Answers): Answers {
  const names = ['slow', 'quick', 'plain', 'bad'];
  return [...answers].sort(([a], [b]) => names.indexOf(a) - names.indexOf(b));
}

async function sendToSlowAndQuick() {
  const log = jest.spyOn(console, 'error').mockReturnValue();
  const ping = new Ping();
  const finished: string[] = [];
  ping.connect(async function slow() {
    await nextTurn();
    finished.push('slow');
    return 'slow';
  });
  ping.connect(async function quick() {
    finished.push('quick');
    return 'quick';
  });
  ping.connect(function plain() {
    return 'plain';
  });
  const asend = answersOf(await ping.send(null));
  const finishOrder = [...finished];
  ping.connect(async function bad() {
    throw new ValueError('no');
  });
  const error = await errorOf(() => ping.send(null));
  const robust = answersOf(await ping.sendRobust(null));
  log.mockRestore();
  return { asend, finish_order_async: finishOrder, asend_error: error, asend_robust: robust };
}

function nextTurn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve);
  });
}
