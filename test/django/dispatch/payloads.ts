import { SignalError } from 'nestjs-signals';
import { differ, type Mapping, match } from '../mapping.js';
import { answersOf, errorOf } from '../recorder.js';
import { Alpha, Ping } from './signals.js';

export const PAYLOADS: Mapping = {
  'dispatch.send_return_list': match('a send returns what each receiver answered, nothing included', async () => {
    const ping = new Ping();
    ping.connect(function num() {
      return 1;
    });
    ping.connect(function nothing() {});
    ping.connect(function lst() {
      return [1, 2];
    });

    return { responses: answersOf(await ping.send(null)) };
  }),

  'dispatch.payload_is_shared': match(
    'one payload is passed to all: what one changes in it, the next sees',
    async record => {
      const ping = new Ping();
      let seen = {};
      ping.connect(
        record.receiver('first', (payload: Record<string, unknown>) => {
          let { number } = payload as { number: number };
          number += 1;
          Object.assign(payload.data as object, { touched: true });
          return number;
        }),
      );
      ping.connect(
        record.receiver('second', ({ data, number, ...extra }: Record<string, unknown>, { signal, sender }) => {
          const { name } = sender as typeof Alpha;
          seen = { data, number, extra: Object.keys(extra), signal_is_self: signal === ping, sender: name };
        }),
      );

      await ping.send(Alpha, { data: {}, number: 1, other: 'x' });

      return seen;
    },
  ),

  'dispatch.kwargs_are_checked_only_in_debug': differ(
    'TYPES_CHECK_AT_COMPILE_TIME',
    'a receiver that takes less works, and what is no function is refused when it is connected',
    { connect: null, send: null, not_callable: 'NOT_A_RECEIVER' },
    async () => {
      const ping = new Ping();
      const connect = await errorOf(() => ping.connect(() => 'takes nothing'));
      const send = await errorOf(() => ping.send(null, { more: 1 }));
      let code: string | undefined;
      try {
        // @ts-expect-error -- not a function
        ping.connect({ handle: () => {} });
      } catch (error) {
        if (error instanceof SignalError) ({ code } = error);
      }
      return { connect, send, not_callable: code };
    },
  ),
};
