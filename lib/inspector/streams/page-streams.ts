import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import type { Recording } from '../recording/recording.js';
import { written, PageStream } from './page-stream.js';

/** Changes are sent together. */
const TURN_MS = 200;
/** The most sends that pages are sent in one turn: no eye is faster. */
const MOST_IN_TURN = 40;
/** How many pages are written to before something else may run. */
const AT_ONCE = 5;
const BEAT_MS = 15_000;
const MOST_PAGES = 200;

/** The streams of all open pages. */
export class PageStreams {
  /** Names the process, and the application in it. */
  private readonly page = randomUUID();
  private readonly open = new Set<PageStream>();
  private turns: NodeJS.Timeout | undefined;
  private beats: NodeJS.Timeout | undefined;
  private isClosed = false;
  private isTurning = false;

  constructor(
    private readonly recording: Recording,
    private readonly recent: number,
  ) {}

  /** Whether another page can be opened. */
  get hasPlace(): boolean {
    return !this.isClosed && this.open.size < MOST_PAGES;
  }

  /** @param lastId - the header of a page whose connection was lost. */
  add(response: ServerResponse, lastId: unknown): void {
    const { recording, page, recent } = this;
    recording.begin();
    const stream = new PageStream(response, { page, recent });
    this.open.add(stream);
    response.once('close', () => this.remove(stream));
    const had = this.totalOf(lastId);
    const some = recording.sends.since(had ?? 0);
    stream.send(written(some, this.id), some.sends.length, had === undefined ? 0 : some.missed);
    this.turns ??= setInterval(() => void this.takeTurn(), TURN_MS).unref();
    this.beats ??= setInterval(() => this.beat(), BEAT_MS).unref();
  }

  close(): void {
    this.isClosed = true;
    for (const stream of this.open) stream.close();
    this.rest();
    this.recording.stop();
  }

  private get id(): string {
    return `${this.page}.${this.recording.sends.total}`;
  }

  /** How many sends there had been; undefined for a new page, and for an id of another process. */
  private totalOf(lastId: unknown): number | undefined {
    const [page, text] = String(lastId).split('.');
    const total = Number(text);
    return page === this.page && total > 0 && total <= this.recording.sends.total ? total : undefined;
  }

  private async takeTurn(): Promise<void> {
    if (this.isTurning) return;
    const some = this.recording.sends.takeChanged(MOST_IN_TURN);
    if (some.sends.length === 0 && some.missed === 0) return;
    const part = Buffer.from(written(some, this.id));
    this.isTurning = true;
    for (const [at, stream] of [...this.open].entries()) {
      if (at > 0 && at % AT_ONCE === 0) await setImmediate();
      stream.send(part, some.sends.length, some.missed);
    }
    this.isTurning = false;
  }

  private beat(): void {
    for (const stream of this.open) stream.beat();
  }

  private remove(stream: PageStream): void {
    if (!this.open.delete(stream)) return;
    this.recording.end();
    if (this.open.size === 0) this.rest();
  }

  private rest(): void {
    clearInterval(this.turns);
    clearInterval(this.beats);
    this.turns = undefined;
    this.beats = undefined;
  }
}
