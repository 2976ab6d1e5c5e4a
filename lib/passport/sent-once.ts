/** Sends something once for each key. After a refusal every further send is refused with the same error. */
export class SentOnce<Key> {
  private outcomes: Map<Key, { refusal?: { error: unknown } }> | undefined;

  /** Calls `send`, unless that was done for this key. A receiver that asks for it again does not wait for itself. */
  async send(key: Key, send: () => Promise<unknown>): Promise<void> {
    const outcomes = (this.outcomes ??= new Map<Key, { refusal?: { error: unknown } }>());
    const known = outcomes.get(key);
    if (known?.refusal) throw known.refusal.error;
    if (known) return;
    const outcome: { refusal?: { error: unknown } } = {};
    outcomes.set(key, outcome);
    try {
      await send();
    } catch (error) {
      outcome.refusal = { error };
      throw error;
    }
  }

  forget(key: Key): void {
    this.outcomes?.delete(key);
  }
}
