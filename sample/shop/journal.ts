import { ConsoleLogger, Logger } from '@nestjs/common';
import type { Message } from 'nestjs-signals';

const JOURNAL = 'Journal';

const journal = new Logger(JOURNAL);

/**
 * Writes down what a receiver did: `PostSave Order #1 -> Stock.keep: takes 2 x Chair`. In a transaction it may still
 * be undone.
 */
export function note({ signal, receiver }: Message, subject: string, deed: string): void {
  journal.log(`${signal.constructor.name} ${subject} -> ${receiver}: ${deed}`);
}

/** Prints the journal, warnings and errors; not Nest's lines about its modules and routes. */
export class JournalLogger extends ConsoleLogger {
  constructor(private readonly print: (line: string) => void) {
    super({ logLevels: ['log', 'warn', 'error', 'fatal'] });
  }

  override log(message: unknown, context?: string): void {
    if (context === JOURNAL) this.print(String(message));
  }
}
