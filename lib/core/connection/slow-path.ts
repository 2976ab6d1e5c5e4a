/**
 * Why sends have to look at more than their sender. Every send asks, so asking is one comparison with a number
 * and one of two sizes.
 */
export class SlowPath {
  /** How many things are muted, disabled or still starting. */
  private reasons = 0;
  /** A collection that grows when a module is loaded; `seen` is its size when all of it had been read. */
  private modules: { readonly size: number } = { size: 0 };
  private seen = 0;
  private lasting: FinalizationRegistry<undefined> | undefined;

  get isRequired(): boolean {
    return this.reasons !== 0 || this.hasGrown;
  }

  /** Whether a module was loaded since the last `settle()`. */
  get hasGrown(): boolean {
    return this.modules.size !== this.seen;
  }

  require(): void {
    this.reasons++;
  }

  release(): void {
    this.reasons--;
  }

  /** Adds a reason that ends when `reason` is collected: work that is not awaited has no other end. */
  requireUntilCollected(reason: object): void {
    this.require();
    this.lasting ??= new FinalizationRegistry(() => this.release());
    this.lasting.register(reason, undefined);
  }

  watch(modules: { readonly size: number }): void {
    this.modules = modules;
  }

  settle(): void {
    this.seen = this.modules.size;
  }
}
