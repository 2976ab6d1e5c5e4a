import { getOrInsert, nameOf, type ObservedSend, Sending, type SignalRegistry } from '../../core/index.js';
import type { InspectorSettings } from '../inspector-options.js';
import type { SendFacts } from './recorded-send.js';
import { cutText, valueText } from './shown-text.js';

const LONGEST_NAME = 120;
const LONGEST_PAYLOAD = 800;
const LONGEST_VALUE = 200;
const MOST_NAMES = 20;

/** Reads what is shown of a send when it begins. */
export class Facts {
  /** The names of transactions. */
  private readonly transactions = new WeakMap<object, string>();
  private transactionCount = 0;

  constructor(
    private readonly registry: SignalRegistry,
    private readonly settings: Pick<InspectorSettings, 'payloads' | 'slowMs'>,
  ) {}

  of(send: ObservedSend): SendFacts {
    const { id, causedBy, sender, signal } = send;
    const shown = sender === undefined ? undefined : senderName(sender);
    const payload = this.settings.payloads ? this.payloadOf(send) : undefined;
    return { ...this.ofStored(id, signal, causedBy), sender: shown, transaction: this.transactionOf(send), payload };
  }

  /** Returns the facts of a message that another process sent, or this one before a page was opened. */
  ofStored(id: string, signal: object, causedBy: string | undefined): SendFacts {
    return { id, signal: signalName(signal), causedBy, slowMs: this.settings.slowMs };
  }

  contextOf(context: object): readonly string[] {
    return Object.entries(context)
      .slice(0, MOST_NAMES)
      .map(([name, value]) =>
        this.settings.payloads
          ? valueText({ [name]: value }, LONGEST_VALUE).replace(/^\{|\}$/g, '')
          : cutText(name, LONGEST_NAME),
      );
  }

  private payloadOf({ payload, sender }: ObservedSend): string {
    const shown = this.registry.unitsOfWork?.entities.storable(payload, sender) ?? payload;
    return valueText(shown, LONGEST_PAYLOAD);
  }

  private transactionOf(send: ObservedSend): string | undefined {
    if (!(send instanceof Sending)) return undefined;
    try {
      const root = this.registry.unitsOfWork?.transactionOf(send)?.root;
      return root && getOrInsert(this.transactions, root, () => `t${++this.transactionCount}`);
    } catch {
      // It could be one of several.
      return undefined;
    }
  }
}

function signalName(signal: object): string {
  const { signalName: name } = signal.constructor as { signalName?: string };
  return cutText(name ?? signal.constructor.name, LONGEST_NAME);
}

/** The class of an object; of a text the text, without what it was cut from. */
function senderName(sender: unknown): string {
  if (typeof sender === 'string') return valueText(sender, LONGEST_NAME);
  return cutText(nameOf(sender).replace(/^an instance of /, ''), LONGEST_NAME);
}
