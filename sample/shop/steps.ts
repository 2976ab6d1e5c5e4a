import { isDeepStrictEqual } from 'node:util';
import type { Answer } from './visitor.js';

/** The steps of a story, printed with their numbers. */
export class Steps {
  private count = 0;

  async step(title: string, happens: () => Promise<void>): Promise<void> {
    this.count += 1;
    console.log(`\n${this.count}. ${title}`);
    await happens();
  }
}

/** The body of an answer with this status. */
export function expected(status: number, answer: Answer): Answer['body'] {
  if (answer.status === status) return answer.body;
  throw new Error(`The shop answers ${answer.status}, not ${status}: ${JSON.stringify(answer.body)}`);
}

/** Checks one thing, and prints it. */
export function claim(what: string, actual: unknown, expectation: unknown): void {
  if (!isDeepStrictEqual(actual, expectation)) {
    throw new Error(`It is not so that ${what}: ${JSON.stringify(actual)}, not ${JSON.stringify(expectation)}`);
  }
  console.log(`   So ${what}.`);
}
