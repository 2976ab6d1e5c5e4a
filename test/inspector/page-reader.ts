import type { Hello, Missed, SendRecord } from '../../lib/inspector/page-types.js';

interface PageEvents {
  readonly hello: Hello;
  readonly send: SendRecord;
  readonly missed: Missed;
}

/** Reads the stream of a page as a browser does. */
export class PageReader {
  /** Everything that came, as it came. */
  text = '';
  lastEventId: string | undefined;
  hello: Hello | undefined;
  missed = 0;
  readonly sends = new Map<string, SendRecord>();
  /** Resolves when the stream has ended. */
  readonly ended: Promise<void>;
  private rest = '';
  private readonly waiting = new Set<() => void>();

  private constructor(
    readonly response: Response,
    private readonly abort: AbortController,
  ) {
    this.ended = this.read().catch(() => {});
  }

  static async open(url: string, headers: Record<string, string>): Promise<PageReader> {
    const abort = new AbortController();
    const response = await fetch(url, { headers, signal: abort.signal });
    const reader = new PageReader(response, abort);
    if (response.status === 200) await reader.until(() => reader.hello);
    return reader;
  }

  /** Waits until there is something. Undefined is returned when the stream ends first. */
  async until<T>(look: () => T | undefined | false): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined && found !== false) return found;
      await new Promise<void>(resolve => this.waiting.add(resolve));
    }
  }

  /** Waits for a send of a signal that has ended, or that is as `is` says. */
  send(signal: string, is: (record: SendRecord) => boolean = ({ ms }) => ms !== undefined): Promise<SendRecord> {
    return this.until(() => [...this.sends.values()].find(record => record.signal === signal && is(record)));
  }

  close(): void {
    this.abort.abort();
  }

  private async read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const part of this.response.body!) {
      const text = decoder.decode(part, { stream: true });
      this.text += text;
      const events = (this.rest + text).split('\n\n');
      this.rest = events.pop()!;
      for (const event of events) this.take(event);
      for (const resolve of this.waiting) resolve();
      this.waiting.clear();
    }
  }

  private take(event: string): void {
    const lines = event.split('\n').map(line => /^(\w*): ?(.*)$/s.exec(line)!);
    const field = (name: string) => lines.find(line => line[1] === name)?.[2];
    this.lastEventId = field('id') ?? this.lastEventId;
    const kind = field('event') as keyof PageEvents | undefined;
    const data: unknown = JSON.parse(field('data') ?? 'null');
    if (kind === 'hello') this.hello = data as Hello;
    if (kind === 'missed') this.missed += (data as Missed).count;
    if (kind === 'send') this.sends.set((data as SendRecord).id, data as SendRecord);
  }
}
