import type { ExecutionContext } from '@nestjs/common';
import { LoginAttempt } from './login-attempt.js';
import { userOf } from './request-user.js';
import { type AnyResponse, HeaderSnapshot } from './response-headers.js';
import type { RunningAttempts } from './running-attempts.js';
import { getOrInsert } from '../core/index.js';

/** The attempts to log in of one request, and who was reported. */
export class RequestLogins {
  readonly loggedIn = new SentOnce();
  readonly loggedOut = new SentOnce();
  readonly root = new LoginAttempt(this.request);
  /** Set when the response waits for receivers. */
  isGated = false;
  /** How many guards of Passport are being asked, and whether there were several at once: then the user on the request may be another's. */
  private guards = 0;
  isShared = false;
  private fields: Map<unknown, LoginAttempt> | undefined;
  private before: { readonly user: object | null; readonly headers: HeaderSnapshot | undefined } | undefined;

  constructor(
    private readonly request: object,
    private readonly attempts: RunningAttempts,
  ) {}

  /** The attempt that the running code belongs to. */
  get current(): LoginAttempt {
    return this.attempts.around(this.request) ?? this.root;
  }

  get pending(): LoginAttempt[] {
    const { root, fields } = this;
    return (fields ? [root, ...fields.values()] : [root]).filter(({ failure, login }) => failure ?? login);
  }

  /**
   * The attempt of a route. Every field of a GraphQL request has its own: else a hundred guesses in one request would
   * fail once.
   */
  of(context: ExecutionContext): LoginAttempt {
    if (context.getType<string>() !== 'graphql') return this.root;
    const fields = (this.fields ??= new Map<unknown, LoginAttempt>());
    return getOrInsert(fields, context.getArgByIndex<unknown>(3), () => new LoginAttempt(this.request));
  }

  enterGuard(): void {
    this.guards++;
    this.isShared ||= this.guards > 1;
  }

  leaveGuard(): void {
    this.guards--;
  }

  /** Remembers the request and its response as they are before the first attempt. */
  begin(response: AnyResponse | undefined): void {
    this.before ??= { user: userOf(this.request), headers: response && new HeaderSnapshot(response) };
  }

  /** Takes back the headers and cookies that were set since the first attempt began. */
  restoreHeaders(): void {
    this.before?.headers?.restore();
  }

  /** The user on the request who was not there before the first attempt. */
  get newUser(): object | undefined {
    const user = userOf(this.request);
    return user !== null && user !== this.before?.user ? user : undefined;
  }
}

/** Sends something once for each key. After a refusal every further send is refused with the same error. */
class SentOnce {
  private outcomes: Map<unknown, { refusal?: { error: unknown } }> | undefined;
  private readonly sends: Promise<void>[] = [];
  private running = 0;
  hasRefusal = false;

  /** The sends so far, while one of them has not ended. */
  get underWay(): readonly Promise<void>[] {
    return this.running > 0 ? this.sends : [];
  }

  /**
   * Calls `send`, unless that was done for this key. A receiver that asks for it again does not wait for itself.
   *
   * @param refused - called at every refusal.
   */
  send(key: unknown, send: () => Promise<unknown>, refused?: () => void): Promise<void> {
    const sending = this.sendOnce(key, send, refused);
    this.sends.push(sending);
    return sending;
  }

  private async sendOnce(key: unknown, send: () => Promise<unknown>, refused?: () => void): Promise<void> {
    const outcomes = (this.outcomes ??= new Map<unknown, { refusal?: { error: unknown } }>());
    const known = outcomes.get(key);
    const outcome = known ?? {};
    if (!known) outcomes.set(key, outcome);
    this.running++;
    try {
      if (!known) await send();
    } catch (error) {
      outcome.refusal = { error };
      this.hasRefusal = true;
    } finally {
      this.running--;
    }
    if (!outcome.refusal) return;
    refused?.();
    throw outcome.refusal.error;
  }

  forget(key: unknown): void {
    this.outcomes?.delete(key);
  }
}
