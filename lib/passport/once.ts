/** Tells something once for each key. What was refused stays refused. */
export class Once<Key> {
  private readonly outcomes = new Map<Key, { refusal?: { error: unknown } }>();
  private hasTold = false;

  /** Nothing has been told since the last attempt began. */
  get isNew(): boolean {
    return !this.hasTold;
  }

  /** A receiver that asks again while it is being told does not wait for itself. */
  async tell(key: Key, send: () => Promise<unknown>): Promise<void> {
    this.hasTold = true;
    const known = this.outcomes.get(key);
    if (known?.refusal) throw known.refusal.error;
    if (known) return;
    const outcome: { refusal?: { error: unknown } } = {};
    this.outcomes.set(key, outcome);
    try {
      await send();
    } catch (error) {
      outcome.refusal = { error };
      throw error;
    }
  }

  forget(key: Key): void {
    this.outcomes.delete(key);
    this.hasTold &&= this.outcomes.size > 0;
  }

  /** Another attempt begins; who was told of before stays told of. */
  beginAttempt(): void {
    this.hasTold = false;
  }
}
