import type { Connection, ConnectOptions, Message, SignalResponse } from 'nestjs-signals';
import {
  type Action,
  type Connect,
  type Disconnect,
  type Program,
  type ReceiverPlan,
  type Send,
  type SenderName,
  SENDERS,
} from './program.js';

/** The number of the send, and how many sends it is nested in. */
export interface Payload {
  readonly send: number;
  readonly depth: number;
}

/** The part of a message that the model has. */
export type SeenMessage = Pick<Message, 'receiver' | 'sender'> & { readonly signal: object };
export type SeenReceiver = (payload: Payload, message: SeenMessage) => unknown;

type SignalConnection = Pick<Connection, 'connected' | 'disconnect'>;

/** A signal, or the model of one. */
export interface SignalLike {
  connect(receiver: SeenReceiver, options: ConnectOptions): SignalConnection;
  disconnect(what: SeenReceiver | { uid: string }, options?: { sender?: unknown }): boolean;
  hasReceivers(sender?: unknown): boolean;
  send(sender: unknown, payload: Payload): Promise<SignalResponse[]>;
  sendRobust(sender: unknown, payload: Payload): Promise<SignalResponse[]>;
  sendSync(sender: unknown, payload: Payload): SignalResponse[];
}

export const DEEPEST = 3;
const MOST_ACTIONS = 150;

/** Runs a program with these signals, and writes down what it sees. */
export class World {
  readonly log: unknown[] = [];
  private readonly receivers: readonly SeenReceiver[];
  private readonly connections: { readonly made: SignalConnection; readonly as: Connect }[] = [];
  private sends = 0;
  private actions = 0;

  constructor(
    private readonly program: Program,
    private readonly signals: readonly SignalLike[],
  ) {
    this.receivers = program.receivers.map((plan, at) => this.receiver(`r${at}`, plan));
  }

  async run(): Promise<void> {
    for (const action of this.program.actions)
      await this.perform('caught' in action ? { ...action, caught: true } : action, 0);
  }

  /** Returns a promise where there is something to wait for. */
  private perform(action: Action, depth: number): unknown {
    if (++this.actions > MOST_ACTIONS) return undefined;
    switch (action.do) {
      case 'connect':
        return this.connect(action);
      case 'disconnect':
        return this.disconnect(action);
      case 'end':
        return this.end(this.connections[action.connection]?.made);
      case 'ask':
        return this.log.push(`has receivers: ${this.ask(action.signal, action.sender)}`);
      case 'send':
      case 'sendRobust':
      case 'sendSync':
        return depth < DEEPEST ? this.send(action, depth + 1) : undefined;
    }
  }

  private connect(action: Connect): void {
    const { signal, receiver, senders, when, options } = action;
    const connection = this.signals[signal]!.connect(this.receivers[receiver]!, {
      ...options,
      ...(senders && { sender: senders.length === 1 ? SENDERS[senders[0]!] : senders.map(name => SENDERS[name]) }),
      ...(when && { when: ({ send }: Payload) => (send % 2 === 0) === (when === 'even') }),
    });
    this.connections.push({ made: connection, as: action });
    this.log.push(`connected: ${connection.connected}`);
  }

  private disconnect({ connection, what, sender }: Disconnect): void {
    const as = this.connections[connection]?.as;
    if (!as) return;
    const uid = what ?? as.options.uid ?? `r${as.receiver}`;
    const from = sender ?? as.senders?.[0];
    const isEnded = this.signals[as.signal]!.disconnect(
      uid.startsWith('r') ? this.receivers[Number(uid.slice(1))]! : { uid },
      from && { sender: SENDERS[from] },
    );
    this.log.push(`disconnected: ${isEnded}`);
  }

  private end(connection: SignalConnection | undefined): void {
    if (connection) this.log.push(`ended: ${connection.connected} ${connection.disconnect()} ${connection.connected}`);
  }

  private ask(signal: number, sender?: SenderName): string {
    try {
      return String(this.signals[signal]!.hasReceivers(sender && SENDERS[sender]));
    } catch (error) {
      return textOf(error);
    }
  }

  private send({ do: how, signal, sender, caught }: Send, depth: number): unknown {
    const payload = { send: ++this.sends, depth };
    const [from, through] = [SENDERS[sender], this.signals[signal]!];
    const answered = (responses: SignalResponse[]) => {
      this.log.push([
        payload.send,
        responses.map(one => ({ ...one, ...('reason' in one && { reason: textOf(one.reason) }) })),
      ]);
    };
    const failed = (error: unknown) => {
      this.log.push([payload.send, textOf(error)]);
      if (!caught) throw error;
    };
    this.log.push(`${how} ${payload.send}`);
    if (how !== 'sendSync') return through[how](from, payload).then(answered, failed);
    try {
      return answered(through.sendSync(from, payload));
    } catch (error) {
      return failed(error);
    }
  }

  private receiver(name: string, plan: ReceiverPlan): SeenReceiver {
    const begin = (payload: Payload, message?: SeenMessage) => {
      const seen = message && [message.receiver, message.sender, this.signals.indexOf(message.signal as SignalLike)];
      this.log.push([name, payload, seen]);
    };
    const end = ({ send }: Payload) => {
      if (plan.fails) throw new Error(`${name} fails in ${send}`);
      return plan.answers ? `${name} in ${send}` : undefined;
    };
    const receive = (payload: Payload, message?: SeenMessage) => {
      begin(payload, message);
      for (const action of plan.actions) void this.perform(synchronous(action), payload.depth);
      return end(payload);
    };
    const receiveLater = async (payload: Payload, message?: SeenMessage) => {
      begin(payload, message);
      for (const action of plan.actions) await this.perform(action, payload.depth);
      return end(payload);
    };
    const made = functionOf(plan, receive, receiveLater);
    return Object.defineProperty(made, 'name', { value: name });
  }
}

type Body = (payload: Payload, message?: SeenMessage) => unknown;

/** The library looks at how a function is declared. */
function functionOf({ kind, takesMessage }: ReceiverPlan, receive: Body, receiveLater: Body): SeenReceiver {
  if (kind === 'async') {
    return takesMessage
      ? async (payload, message) => receiveLater(payload, message)
      : async payload => receiveLater(payload);
  }
  const body: Body = kind === 'plain' ? receive : (...call) => new Promise(resolve => resolve(receive(...call)));
  return takesMessage ? (payload, message) => body(payload, message) : payload => body(payload);
}

/** Turns a send into a synchronous one, because an action that is not awaited must be over when it returns. */
function synchronous(action: Action): Action {
  return action.do === 'send' || action.do === 'sendRobust' ? { ...action, do: 'sendSync' } : action;
}

/** The code of an error of the library, whose texts are no matter of the model; else the message. */
export function textOf(error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  return code ?? message;
}
