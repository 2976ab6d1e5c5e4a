import { isDeepStrictEqual } from 'node:util';
import type { Answer } from './visitor.js';

/** Counts the steps of what is told. */
export class Telling {
  private steps = 0;

  async step(title: string, happens: () => Promise<void>): Promise<void> {
    this.steps += 1;
    console.log(`\n${this.steps}. ${title}`);
    await happens();
  }
}

/** The body of an answer with this status. */
export function expected(status: number, answer: Answer): Answer['body'] {
  if (answer.status === status) return answer.body;
  throw new Error(`The shop answers ${answer.status}, not ${status}: ${JSON.stringify(answer.body)}`);
}

/** Says what is so. */
export function claim(what: string, actual: unknown, wanted: unknown): void {
  if (!isDeepStrictEqual(actual, wanted)) {
    throw new Error(`It is not so that ${what}: ${JSON.stringify(actual)}, not ${JSON.stringify(wanted)}`);
  }
  console.log(`   So ${what}.`);
}
