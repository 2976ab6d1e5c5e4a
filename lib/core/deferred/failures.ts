import type { ConnectionRecord } from '../connection/connection.js';
import type { Sending } from '../dispatch/sending.js';
import type { SignalLog } from '../message/log.js';

/** Logs errors that no caller receives, and reports them. */
export class Failures {
  /** Sends `ReceiverFailed`; set by the application. */
  reporter: ((sending: Sending, record: ConnectionRecord, error: unknown) => Promise<unknown>) | undefined;

  constructor(private readonly log: () => SignalLog) {}

  /**
   * Logs an error and reports it; never rejects.
   *
   * @param attempt - what the log says of it, beside the receiver and the signal.
   */
  async report(sending: Sending, record: ConnectionRecord, error: unknown, attempt?: string): Promise<void> {
    const { name } = sending.channel;
    this.log().receiverFailed(record.uid, name, error, attempt);
    try {
      await this.reporter?.(sending, record, error);
    } catch (further) {
      this.log().receiverFailed(record.uid, name, further);
    }
  }
}
