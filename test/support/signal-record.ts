import type { Message } from 'nestjs-signals';

interface Recorded<Name, Payload> {
  readonly signal: Name;
  readonly sender: unknown;
  readonly payload: Payload;
}

/** Records the signals that its receivers get, by short names, and objects to them when a test asks for it. */
export abstract class SignalRecord<Payloads> {
  readonly all: { readonly [Name in keyof Payloads]: Recorded<Name, Payloads[Name]> }[keyof Payloads][] = [];
  /** Called when a signal has been recorded; what it throws is thrown. */
  objection: { [Name in keyof Payloads]?: (payload: Payloads[Name]) => unknown } = {};

  get names(): string[] {
    return this.all.map(({ signal }) => String(signal));
  }

  of<Name extends keyof Payloads>(signal: Name): Recorded<Name, Payloads[Name]>[] {
    return this.all.filter(one => one.signal === signal) as Recorded<Name, Payloads[Name]>[];
  }

  /** The names since the last call. */
  take(): string[] {
    return this.all.splice(0).map(({ signal }) => String(signal));
  }

  protected record<Name extends keyof Payloads>(signal: Name, payload: Payloads[Name], { sender }: Message): unknown {
    this.all.push({ signal, sender, payload });
    return this.objection[signal]?.(payload);
  }
}
