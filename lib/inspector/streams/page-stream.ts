import type { ServerResponse } from 'node:http';
import type { Hello, Missed } from '../page-types.js';
import type { SomeSends } from '../recording/recent-sends.js';

/** After how long a browser asks again whose stream has ended. */
const RETRY_MS = 2000;
const MOST_FULL_BEATS = 4;

/** The stream of one open page. One that reads too slowly is sent less, and how much less. */
export class PageStream {
  private isFull = false;
  private missed = 0;
  private fullBeats = 0;

  constructor(
    private readonly response: ServerResponse,
    hello: Hello,
  ) {
    response.on('drain', () => {
      this.isFull = false;
    });
    // A connection that breaks while it is written to; that it is closed is reported, too.
    response.on('error', () => {});
    this.write(`retry: ${RETRY_MS}\nevent: hello\ndata: ${JSON.stringify(hello)}\n\n`);
  }

  /**
   * @param part - as `written` has made it.
   * @param count - how many sends are in it.
   * @param missed - how many are not, and never will be.
   */
  send(part: Buffer | string, count: number, missed: number): void {
    this.missed += missed;
    if (this.isFull) {
      this.missed += count;
      return;
    }
    const lost: Missed = { count: this.missed };
    this.missed = 0;
    if (lost.count > 0) this.write(`event: missed\ndata: ${JSON.stringify(lost)}\n\n`);
    if (count > 0) this.write(part);
  }

  /** Proxies end connections that are silent. */
  beat(): void {
    if (!this.isFull) {
      this.fullBeats = 0;
      this.write(': \n\n');
    } else if (++this.fullBeats === MOST_FULL_BEATS) {
      // A tab that sleeps, or a computer: it never says that it has gone, and asks again if it has not.
      this.response.destroy();
    }
  }

  close(): void {
    // A page that does not read must not keep a server from closing.
    if (this.isFull) this.response.destroy();
    else this.response.end();
  }

  /** Without `cork()`: in Node 22 a response that was full while it was corked never says that it has drained. */
  private write(part: Buffer | string): void {
    const { response } = this;
    if (response.destroyed || response.writableEnded) return;
    if (!response.write(part)) this.isFull = true;
    // Compression adds it; the method of Node that has this name is deprecated.
    if (Object.hasOwn(response, 'flush')) (response as ServerResponse & { flush(): void }).flush();
  }
}

/** Writes sends as events; `id` is what a page that comes again says it has. */
export function written({ sends }: SomeSends, id: string): string {
  return sends.map(({ text }) => `id: ${id}\nevent: send\ndata: ${text}\n\n`).join('');
}
