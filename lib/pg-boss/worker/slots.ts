/** A number of things that may be done at the same time; requests are served in order. */
export class Slots {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  /** Whether a request waits for a slot. */
  get isContended(): boolean {
    return this.waiting.length > 0;
  }

  /** Resolves with a slot, which must be given back. */
  async take(): Promise<void> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>(resolve => this.waiting.push(resolve));
  }

  /** Takes up to so many of those that are free now, and says how many. */
  takeFree(count: number): number {
    const taken = Math.min(this.free, count);
    this.free -= taken;
    return taken;
  }

  giveBack(count = 1): void {
    for (let left = count; left > 0; left -= 1) {
      const next = this.waiting.shift();
      if (next) next();
      else this.free += 1;
    }
  }
}
