import type { Action, Connect, Program } from './program.js';

/**
 * Leaves out what the library does not do as the model does:
 * - `once` on a signal that another extends: a send of the other leaves the receiver connected and deaf;
 * - `once`, where `sendSync` refuses an async receiver: the receiver is disconnected without having been called;
 * - `when`, where the same receiver is connected twice: the earlier connection says no for the later one, too.
 */
export function withoutDefects({ receivers, actions }: Program): Program {
  const all = [...actions, ...receivers.flatMap(receiver => receiver.actions)].filter(it => it.do === 'connect');
  const hasAsync = receivers.some(({ kind }) => kind === 'async');
  const mend = (action: Action): Action => {
    if (action.do !== 'connect') return action;
    const { when, options, ...rest } = action;
    const { once, ...others } = options;
    const isAlone = all.filter(other => keyOf(other) === keyOf(action)).length === 1;
    const mayBeOnce = once && !hasAsync && action.signal > 0;
    return { ...rest, ...(when && isAlone && { when }), options: { ...others, ...(mayBeOnce && { once }) } };
  };
  return {
    receivers: receivers.map(receiver => ({ ...receiver, actions: receiver.actions.map(mend) })),
    actions: actions.map(mend),
  };
}

function keyOf({ options, receiver }: Connect): string | number {
  return options.uid ?? receiver;
}
