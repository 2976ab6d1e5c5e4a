import { RecordedSend, type SendFacts } from './recorded-send.js';

/** Sends for a page that asks for them, and how many it can no longer have. */
export interface SomeSends {
  readonly sends: readonly RecordedSend[];
  readonly missed: number;
}

/** The last sends, and those among them that pages have not been sent. */
export class RecentSends {
  /** How many there have been. */
  total = 0;
  private readonly byId = new Map<string, RecordedSend>();
  private changed = new Set<RecordedSend>();
  private missed = 0;

  constructor(private readonly most: number) {}

  get(id: string): RecordedSend | undefined {
    return this.byId.get(id);
  }

  add(facts: SendFacts): RecordedSend {
    const send = new RecordedSend(facts, ++this.total);
    this.byId.set(send.id, send);
    if (this.byId.size > this.most) this.forgetOldest();
    this.change(send);
    return send;
  }

  change(send: RecordedSend): void {
    send.changed = this.total;
    if (send.isShown || this.byId.get(send.id) === send) this.changed.add(send);
  }

  /**
   * Takes what has changed since this was called last, at most so many: first of all what pages have already, then what has
   * failed or was slow, then the newest.
   */
  takeChanged(most: number): SomeSends {
    const changed = this.changed;
    this.changed = new Set();
    let { missed } = this;
    this.missed = 0;
    const chosen = changed.size <= most ? changed : new Set(byUrgency(changed).slice(0, most));
    for (const send of changed) {
      if (chosen.has(send)) continue;
      if (send.isShown) this.changed.add(send);
      else missed++;
    }
    for (const send of chosen) send.isShown = true;
    return { sends: [...chosen].sort((one, other) => one.order - other.order), missed };
  }

  /** @param total - how many sends there had been when the page was sent something the last time. */
  since(total: number): SomeSends {
    const sends = [...this.byId.values()];
    const known = sends.filter(({ order }) => order > total).length;
    const due = sends.filter(({ order, changed }) => order > total || changed >= total);
    for (const send of due) send.isShown = true;
    return { sends: due, missed: this.total - total - known };
  }

  private forgetOldest(): void {
    const [oldest] = this.byId.values();
    if (!oldest) return;
    this.byId.delete(oldest.id);
    if (!oldest.isShown && this.changed.delete(oldest)) this.missed++;
  }
}

function byUrgency(sends: Iterable<RecordedSend>): RecordedSend[] {
  const urgency = (send: RecordedSend) => (send.isShown ? 2 : send.hasFailed || send.isSlow ? 1 : 0);
  return [...sends].sort((one, other) => urgency(other) - urgency(one) || other.order - one.order);
}
