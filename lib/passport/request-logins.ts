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
  readonly failed = new Once<true>();
  candidate: Candidate | undefined;
  refusal: Refusal | undefined;
  /** How many strategies were asked. */
  turns = 0;
  /** How many guards are asking strategies. */
  guards = 0;
  /** The route tells of a candidate itself. */
  isRouted = false;
  session: SessionCalls | undefined;

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
