import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { isObservable, lastValueFrom, type Observable } from 'rxjs';
import { credentialsIn, turnsAway } from './credentials.js';
import { LoginAttempt, type LoginFailure } from './login-attempt.js';
import { loginRouteOf } from './login-route.decorator.js';
import { applicationOf } from './attached-request.js';
import { userLetIn } from './pending-logins.js';
import type { RunningAttempts } from './running-attempts.js';

type Answer = ReturnType<CanActivate['canActivate']>;

/** One request on its way through a guard, which may ask other guards. */
export class GuardRun {
  private readonly around = this.attempts.around(this.shown);
  /** The attempt of the guard that asks this one; undefined when Nest does. */
  private readonly asker = this.around?.isOfGuard ? this.around : undefined;
  private readonly attempt = new LoginAttempt(this.shown ?? this.asker?.request, true);
  private logins = this.shown && applicationOf(this.shown)?.auth.begin(this.shown);
  /** Counts guards of Passport that run side by side: they leave their users in one place. */
  private readonly counted = this.property === undefined ? undefined : this.logins;

  /**
   * @param shown - the request, where the context shows it.
   * @param property - where a guard of Passport leaves its user; undefined for other guards.
   */
  constructor(
    private readonly attempts: RunningAttempts,
    private readonly context: ExecutionContext,
    private readonly shown: object | undefined,
    private readonly property: string | undefined,
  ) {}

  /** Calls the guard and returns its answer: at once, unless there is something to report. */
  pass(canActivate: () => Answer): Answer {
    const { attempt } = this;
    this.counted?.enterGuard();
    let answer: Answer;
    try {
      answer = this.attempts.run(attempt, canActivate);
    } catch (error) {
      if (!this.isIdle) return this.end(Promise.reject(error));
      this.leave();
      throw error;
    }
    if (typeof answer !== 'boolean' || !this.isIdle) return this.end(answer);
    this.leave();
    return answer;
  }

  private async end(answer: Answer): Promise<boolean> {
    let isAllowed: boolean;
    try {
      const value: unknown = await answer;
      // In Nest 12 a promise may bring an observable.
      isAllowed = isObservable(value) ? await this.subscribe(value) : (value as boolean);
    } catch (error) {
      this.leave();
      await this.turnAway(error);
      throw error;
    }
    this.leave();
    const settling = isAllowed ? this.letIn() : this.turnAway();
    if (settling) await settling;
    return isAllowed;
  }

  private subscribe(answer: Observable<unknown>): Promise<boolean> {
    return this.attempts.run(this.attempt, () => lastValueFrom(answer as Observable<boolean>));
  }

  private leave(): void {
    this.attempt.close();
    this.counted?.leaveGuard();
    const { request } = this.attempt;
    this.logins ??= request && applicationOf(request)?.auth.of(request);
  }

  /** Whether no strategy has been asked here, and no attempt was left open before. */
  private get isIdle(): boolean {
    const { attempt, asker, context, outer } = this;
    if (attempt.state !== 'attempted' || attempt.isLetIn) return false;
    return asker !== undefined || !outer || (outer.state === 'attempted' && !loginRouteOf(context.getHandler()));
  }

  /** The attempt that this one becomes part of. */
  private get outer(): LoginAttempt | undefined {
    return this.asker ?? this.logins?.of(this.context);
  }

  private letIn(): void | Promise<void> {
    const { attempt, outer, property, logins } = this;
    if (!outer) return undefined;
    if (attempt.isOver) return outer.adopt(attempt);
    const { handled } = attempt;
    if (property !== undefined && handled && (logins?.isShared || attempt.isOfOwnRequest)) {
      return Promise.resolve(handled.user).then(user => this.letUserIn(outer, user as object | undefined));
    }
    return this.letUserIn(outer, this.user);
  }

  private letUserIn(outer: LoginAttempt, user: object | undefined): void {
    const { attempt, property } = this;
    const { login, failure } = attempt;
    if (login) {
      if (user) outer.succeed({ ...login, user, property: property ?? login.property });
    } else if (failure && property !== undefined && !user) {
      // An optional guard lets those pass too whom its strategies refused; another guard may know better.
      outer.fail(failure);
    } else if (failure || user || attempt.isLetIn) outer.letIn();
  }

  /** The user on the request, where no other guard runs beside this one and Passport was given this very request. */
  private get user(): object | undefined {
    const { attempt, property } = this;
    const request = attempt.request as Record<string, object | undefined>;
    return property === undefined ? attempt.login && userLetIn(request, attempt.login) : request[property];
  }

  private async turnAway(error?: unknown): Promise<void> {
    const { attempt, outer, asker, logins } = this;
    if (!outer) return;
    if (attempt.state === 'refused') logins?.restoreHeaders();
    if (attempt.isOver) return outer.adopt(attempt);
    const isRefusal = error === undefined || turnsAway(error);
    const failure = attempt.failure ?? (isRefusal ? this.refusedUser(error) : undefined);
    if (asker) {
      if (failure) asker.fail(failure);
      return;
    }
    if (outer.login) outer.drop();
    const reported = failure ?? (isRefusal ? (outer.failure ?? this.refusedRoute(error)) : undefined);
    // Only an attached request has an attempt to report.
    if (reported) await applicationOf(this.request)!.auth.attemptFailed(this.request, outer, reported);
  }

  /** Returns the failure if the strategy knew the user and the guard refuses. */
  private refusedUser(error: unknown): LoginFailure | undefined {
    const { login } = this.attempt;
    return login && { strategy: login.strategy, credentials: login.credentials, error };
  }

  private refusedRoute(error: unknown): LoginFailure | undefined {
    const { context, outer } = this;
    const isRoute = loginRouteOf(context.getHandler()) !== undefined && outer?.isOver === false;
    return isRoute ? { credentials: credentialsIn(context, this.request), error } : undefined;
  }

  private get request(): object {
    // Known once a strategy has been asked, or a route begun.
    return this.attempt.request!;
  }
}
