import { isDeepStrictEqual } from 'node:util';

/** A user whom a strategy let in, before that is reported. */
export interface Login {
  readonly user: object;
  readonly strategy: string;
  /** The property of the request that holds the user, where a guard has put it there. */
  readonly property?: string;
  readonly credentials: object;
}

/** A refusal by a strategy, a guard or a route. */
export interface LoginFailure {
  readonly strategy?: string;
  readonly error?: unknown;
  readonly info?: unknown;
  /** A copy from when the strategy was asked: fields of one GraphQL request write to the same body. */
  readonly credentials: object;
}

/**
 * - `attempted`: not decided yet.
 * - `failed`: one way in has said no, and the next one may say yes.
 * - `succeeded`: a user was let in, and that is not reported yet.
 * - `refused`: a receiver has refused the login.
 * - `answered`: the login or the failure has been reported.
 */
export type LoginState = 'attempted' | 'failed' | 'succeeded' | 'refused' | 'answered';

/** A failure that was reported. */
interface Report {
  /** Undefined for one that was noticed, and not reported by hand. */
  readonly byHand?: object;
  refusal?: { readonly error: unknown };
}

/**
 * One attempt to log in: of a guard, of a field of a GraphQL request, or else of a request. The attempt of a guard
 * becomes part of the attempt that it belongs to when the guard has decided.
 */
export class LoginAttempt {
  private current: LoginState = 'attempted';
  private accepted: Login | undefined;
  private refusal: LoginFailure | undefined;
  private reports: Report[] | undefined;
  /** Set when a strategy that is not about logins has let a user in. */
  isLetIn = false;
  /** The result of the `handleRequest()` of a guard. */
  handled: { readonly user: unknown } | undefined;

  /** Set when a strategy is asked about an object that a guard has made of the request, and has its user. */
  isOfOwnRequest = false;

  private isClosed = false;

  /** @param request - undefined until a strategy has been asked, where a context does not show it. */
  constructor(
    public request: object | undefined,
    readonly isOfGuard = false,
  ) {}

  get state(): LoginState {
    return this.current;
  }

  /** Undefined unless the state is `succeeded`. */
  get login(): Login | undefined {
    return this.current === 'succeeded' ? this.accepted : undefined;
  }

  /** Undefined unless the state is `failed`. */
  get failure(): LoginFailure | undefined {
    return this.current === 'failed' ? this.refusal : undefined;
  }

  /** Whether everything has been reported. */
  get isOver(): boolean {
    return this.current === 'answered' || this.current === 'refused';
  }

  /** Fails, unless another of the ways in that are tried side by side has let the user in. */
  fail(failure: LoginFailure): void {
    if (this.isOver || this.current === 'succeeded') return;
    this.current = 'failed';
    this.refusal = failure;
  }

  succeed(login: Login): void {
    if (this.isOver) return;
    this.current = 'succeeded';
    this.accepted = login;
  }

  /** Forgets what was not reported: the request goes on, or ends, for another reason. */
  drop(): void {
    if (!this.isOver) this.current = 'attempted';
  }

  /** Lets a user in who does not log in by that. */
  letIn(): void {
    this.isLetIn = true;
    if (this.current === 'failed') this.current = 'attempted';
  }

  /** Marks that the login is being reported. */
  answer(): void {
    if (this.current !== 'refused') this.current = 'answered';
  }

  refuse(): void {
    this.current = 'refused';
  }

  /** Ends the attempt, since its guard has decided: code that still runs no longer belongs to it. */
  close(): void {
    this.isClosed = true;
  }

  get isOpen(): boolean {
    return !this.isClosed;
  }

  /** Takes over what has been reported inside. */
  adopt(inner: LoginAttempt): void {
    this.reports = [...(this.reports ?? []), ...(inner.reports ?? [])];
    this.current = inner.current;
  }

  /**
   * Reports a failure once; a receiver's refusal stays. By hand, other credentials are another attempt: resolvers of
   * one GraphQL request may share it.
   */
  async reportFailure(send: () => Promise<unknown>, byHand?: object): Promise<void> {
    const reports = (this.reports ??= []);
    const known = reports.find(({ byHand: its }) => !its || !byHand || isDeepStrictEqual(its, byHand));
    if (known?.refusal) throw known.refusal.error;
    if (known) return;
    const report: Report = { byHand };
    reports.push(report);
    this.answer();
    try {
      await send();
    } catch (error) {
      report.refusal = { error };
      throw error;
    }
  }
}
