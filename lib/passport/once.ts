/** Tells something once for each key. What was refused stays refused. */
export class Once<Key> {
  private readonly outcomes = new Map<Key, { refusal?: { error: unknown } }>();

  /** A receiver that asks again while it is being told does not wait for itself. */
  async tell(key: Key, send: () => Promise<unknown>): Promise<void> {
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
  }
}
