import { adapt, differ, type Mapping, match } from '../mapping.js';
import { answersOf, errorOf } from '../recorder.js';
import { Alpha, Beta, Ping, SubAlpha } from './signals.js';

export const SENDERS: Mapping = {
  'dispatch.sender_no_inheritance': match('a subclass is not the sender that its base class is', async record => {
    const ping = new Ping();
    ping.connect(record.receiver('on_alpha'), { sender: Alpha });

    const fromSubclass = answersOf(await ping.send(SubAlpha));
    return { from_subclass: fromSubclass, from_class: answersOf(await ping.send(Alpha)) };
  }),

  'dispatch.sender_identity_not_equality': differ(
    'STRINGS_ARE_VALUES',
    'equal strings are one sender',
    { equal_not_identical: [['on_string', 'on_string']], identical: [['on_string', 'on_string']], equal: true },
    async record => {
      const ping = new Ping();
      ping.connect(record.receiver('on_string'), { sender: 'order.placed' });
      const made = ['order', 'placed'].join('.');

      const notIdentical = answersOf(await ping.send(made));
      const identical = answersOf(await ping.send('order.placed'));
      return { equal_not_identical: notIdentical, identical, equal: made === 'order.placed' };
    },
  ),

  'dispatch.has_listeners': match('hasReceivers() is asked for a sender, or for all of them', async () => {
    const ping = new Ping();
    const empty = ping.hasReceivers();
    ping.connect(() => {}, { sender: Alpha });
    const [alpha, beta, none] = [ping.hasReceivers(Alpha), ping.hasReceivers(Beta), ping.hasReceivers()];
    ping.connect(() => {});

    return { empty, alpha, beta, no_argument: none, beta_with_any: ping.hasReceivers(Beta) };
  }),

  'dispatch.sender_is_positional_or_keyword': adapt(
    'a send names its sender, and a payload may have a property `signal` or `sender`',
    {
      because: 'the compiler asks for the sender, and what Django reserves is in the message, not in the payload',
      facts: ({ positional }) => ({ positional, no_sender: 'does not compile', reserved_name: 'mine' }),
    },
    async record => {
      const ping = new Ping();
      let reserved: unknown;
      const connection = ping.connect(record.receiver('f'));
      const positional = (await ping.send(Alpha)).length;
      connection.disconnect();
      ping.connect(({ signal }) => (reserved = signal));
      // @ts-expect-error -- the sender is missing
      await ping.send();
      await ping.send(Alpha, { signal: 'mine', sender: 'mine' });

      return { positional, no_sender: 'does not compile', reserved_name: reserved };
    },
  ),

  'dispatch.use_caching_limits': differ(
    'ANY_SENDER',
    'nothing, a string or an object may send, before and after a connection changes',
    { warm: 1, after_connect: 2, after_disconnect: 1, none_sender: null, string_sender: null },
    async record => {
      const ping = new Ping();
      const f = record.receiver('f');
      ping.connect(f, { sender: Alpha });
      const warm = (await ping.send(Alpha)).length;
      ping.connect(record.receiver('g'));
      const afterConnect = (await ping.send(Alpha)).length;
      ping.disconnect(f, { sender: Alpha });
      const afterDisconnect = (await ping.send(Alpha)).length;

      const [none, string] = [await errorOf(() => ping.send(null)), await errorOf(() => ping.send('web'))];
      const counts = { warm, after_connect: afterConnect, after_disconnect: afterDisconnect };
      return { ...counts, none_sender: none, string_sender: string };
    },
  ),

  'dispatch.use_caching_equal_senders_collide': differ(
    'DJANGO_BUG',
    'two instances that are equal are two senders',
    { second: 0, first: 1, second_again: 0 },
    async record => {
      class Row {
        constructor(readonly id: number) {}
      }
      const ping = new Ping();
      const [first, second] = [new Row(1), new Row(1)];
      ping.connect(record.receiver('f'), { sender: first });

      const counts = { second: (await ping.send(second)).length, first: (await ping.send(first)).length };
      return { ...counts, second_again: (await ping.send(second)).length };
    },
  ),
};
