/** How much may be done at the same time; who comes first is served first. */
export class Slots {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  /** Whether somebody waits for a slot. */
  get isWanted(): boolean {
    return this.waiting.length > 0;
  }

  /** Resolves once a slot is free. Who has it gives it back. */
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
