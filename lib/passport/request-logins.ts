import type { ExecutionContext } from '@nestjs/common';
import { Once } from './once.js';
import type { SessionCalls } from './session-calls.js';

/** Somebody whom a strategy let in and of whom nobody has been told. */
export interface Candidate {
  readonly user: object;
  readonly strategy: string;
  /** The property of the request that holds the user. */
  readonly property?: string;
}

/** A strategy that did not let somebody in. */
export interface Refusal {
  readonly strategy?: string;
  readonly error?: unknown;
  readonly info?: unknown;
}

/** What is known of the logins of one request. */
export class RequestLogins {
  readonly loggedIn = new Once<unknown>();
  readonly loggedOut = new Once<unknown>();
  failed = new Once<true>();
  candidate: Candidate | undefined;
  refusal: Refusal | undefined;
  /** How many strategies were asked. */
  turns = 0;
  /** How many guards are asking strategies. */
  guards = 0;
  /** The route tells of a candidate itself. */
  isRouted = false;
  session: SessionCalls | undefined;
  private field: unknown;

  /**
   * Every field of a GraphQL request is an attempt of its own: else whoever guesses a hundred times in one request
   * would fail once.
   */
  beginAttempt(context: ExecutionContext): void {
    if (context.getType<string>() !== 'graphql') return;
    const info: unknown = context.getArgByIndex(3);
    if (info === this.field) return;
    this.field = info;
    this.failed = new Once();
    this.loggedIn.beginAttempt();
  }

  takeCandidate(): Candidate | undefined {
    const { candidate } = this;
    this.candidate = undefined;
    return candidate;
  }

  takeRefusal(): Refusal | undefined {
    const { refusal } = this;
    this.refusal = undefined;
    return refusal;
  }
}
