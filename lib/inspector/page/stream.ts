import type { Hello, Missed, SendRecord } from '../page-types.ts';
import { Records } from './now/records.ts';

export type StreamStatus = 'connecting' | 'open' | 'lost';

/** Changes are shown together: the eye is no faster, and thousands of sends a second must not stop the page. */
const BATCH_MS = 200;
const RETRY_MS = 3000;

/** The sends of the application as they happen. Reconnects by itself. */
export class Stream {
  readonly records = new Records();
  status: StreamStatus = 'connecting';
  #source: EventSource | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly changed: () => void) {}

  open(): void {
    const source = new EventSource('api/events');
    this.#source = source;
    const on = <Data>(name: string, receive: (data: Data) => void) =>
      source.addEventListener(name, ({ data }) => receive(JSON.parse(data as string) as Data));
    on<Hello>('hello', ({ page, recent }) => {
      this.records.begin(page, recent);
      this.#become('open');
    });
    on<SendRecord>('send', send => {
      this.records.add(send);
      this.#soon();
    });
    on<Missed>('missed', ({ count }) => {
      this.records.missed += count;
      this.#soon();
    });
    source.addEventListener('error', () => this.#lose(source));
  }

  close(): void {
    this.#source?.close();
    clearTimeout(this.#timer);
    clearTimeout(this.#retry);
  }

  /** The browser reconnects after a broken connection, but not after an answer that is none, as of a proxy without its server. */
  #lose(source: EventSource): void {
    this.#become('lost');
    if (source.readyState !== EventSource.CLOSED) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.open(), RETRY_MS);
  }

  #become(status: StreamStatus): void {
    this.status = status;
    this.changed();
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.changed();
    }, BATCH_MS);
  }
}
