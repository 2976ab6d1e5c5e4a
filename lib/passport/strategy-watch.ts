import { credentialsOf, turnsAway } from './credentials.js';
import { applicationOf, type AttachedApplication, watchCallsOfCopy } from './attached-request.js';
import { attachedOf } from './attachment.js';
import { type Strategy, strategyName } from './strategy.js';
import { watchCall } from './watched-call.js';

/** The calls by which a strategy gives Passport its outcome. */
interface StrategyOutcome {
  success: (user: object, info?: unknown) => unknown;
  fail: (challenge?: unknown, status?: unknown) => unknown;
  error: (reason: unknown) => unknown;
}

/** Makes the application of each request see what a strategy decides. */
export function watchStrategy(strategy: Strategy): void {
  watchCall(strategy, 'authenticate', authenticate => {
    return function (this: unknown, request, options) {
      const application = applicationOf(request);
      if (application) new Question(strategy, request, application, options).watch(this as StrategyOutcome);
      return authenticate.call(this, request, options);
    };
  });
}

/** A strategy that is asked about a request. Its outcome becomes the state of the attempt that it belongs to. */
class Question {
  private readonly attempt = this.application.auth.of(this.request).current;
  // `passport.authorize()` adds an account to a user who is logged in already.
  private readonly logsIn = this.application.strategies.logsIn(this.strategy) && !('assignProperty' in this.options);
  private readonly credentials: object = this.logsIn ? credentialsOf(this.request) : {};

  constructor(
    private readonly strategy: Strategy,
    private readonly request: object,
    private readonly application: AttachedApplication,
    private readonly options: object = {},
  ) {
    if (attachedOf(request) !== request) {
      this.attempt.isOfOwnRequest = true;
      watchCallsOfCopy(request);
    }
    if (!this.logsIn) return;
    application.auth.begin(request);
    application.gate(request);
  }

  watch(outcome: StrategyOutcome): void {
    const { attempt } = this;
    const { attempts } = this.application.auth;
    const { success, fail, error } = outcome;
    // The callback of a pool may come from anywhere. Middleware goes on with the whole request.
    const within = <T>(goOn: () => T): T => (attempt.isOfGuard ? attempts.run(attempt, goOn) : goOn());
    outcome.success = (user, info) => {
      this.succeed(user);
      return within(() => success.call(outcome, user, info));
    };
    outcome.fail = (challenge, status) => {
      this.fail({ info: typeof challenge === 'number' ? undefined : challenge });
      return within(() => fail.call(outcome, challenge, status));
    };
    outcome.error = reason => {
      // A fault says nothing about the user.
      if (turnsAway(reason)) this.fail({ error: reason });
      else attempt.drop();
      return within(() => error.call(outcome, reason));
    };
  }

  private succeed(user: object | undefined): void {
    const { attempt, strategy, credentials } = this;
    if (!user) return;
    if (this.logsIn) attempt.succeed({ user, strategy: strategyName(strategy), credentials });
    else attempt.letIn();
  }

  private fail(why: { error?: unknown; info?: unknown }): void {
    const { strategy, credentials } = this;
    if (this.logsIn) this.attempt.fail({ strategy: strategyName(strategy), credentials, ...why });
  }
}
