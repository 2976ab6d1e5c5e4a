import type { AuthSignals } from './auth-signals.js';
import { unsetUser } from './request-user.js';

export type SessionCallName = 'logIn' | 'logOut';

type Finish = (error?: unknown) => void;
type Call = (this: object, ...args: unknown[]) => unknown;

/** `logIn()` and `logOut()` of one request: Passport's own, and around them the signals. */
export class SessionCalls {
  private readonly assigned: { [Name in SessionCallName]?: Call } = {};
  private readonly told: { readonly [Name in SessionCallName]: Call };

  constructor(
    private readonly request: object,
    private readonly auth: AuthSignals,
  ) {
    this.told = {
      logIn: (user, options, finish) => this.logIn(user, ...withOptions(options, finish)),
      logOut: (options, finish) => this.logOut(...withOptions(options, finish)),
    };
  }

  /** Undefined, as long as Passport has put nothing there. */
  get(name: SessionCallName): Call | undefined {
    return this.original(name) && this.told[name];
  }

  set(name: SessionCallName, call: Call | undefined): void {
    // Passport writes `req.login = req.logIn = req.logIn || its own`.
    if (call !== this.told[name]) this.assigned[name] = call;
  }

  /** @fastify/passport puts them on the prototype. */
  private original(name: SessionCallName): Call | undefined {
    return (
      this.assigned[name] ?? (Reflect.get(Object.getPrototypeOf(this.request) as object, name, this.request) as Call)
    );
  }

  private logIn(user: unknown, options: { session?: boolean }, finish: Finish | undefined): unknown {
    const logIn = this.original('logIn')!;
    // Without a session it only says who this request is from, as `passport.authenticate('jwt')` does at every request.
    if (options.session === false) return logIn.call(this.request, user, options, finish);
    if (finish) {
      return logIn.call(this.request, user, options, (error?: unknown) => {
        if (error) finish(error);
        else this.tell(user).then(() => finish(), finish);
      });
    }
    const logging = logIn.call(this.request, user, options);
    return logging instanceof Promise ? logging.then(() => this.tell(user)) : logging;
  }

  private async tell(user: unknown): Promise<void> {
    try {
      await this.auth.loggedIn(this.request, user as object);
    } catch (error) {
      await this.undo();
      throw error;
    }
  }

  /** Ends the session that has just begun, as a logout does, and tells nobody. */
  private async undo(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    try {
      const ending = this.original('logOut')!.call(this.request, {}, (error?: unknown) =>
        error ? reject(error) : resolve(undefined),
      );
      await (ending instanceof Promise ? ending : promise);
    } catch {
      // The store does not answer. A response without a session object sets no cookie, so nobody gets to know the id.
      Reflect.set(this.request, 'session', undefined);
    }
    unsetUser(this.request, null);
  }

  /** Whatever the receivers say, who wants to leave leaves. */
  private logOut(options: object, finish: Finish | undefined): unknown {
    const logOut = this.original('logOut')!;
    if (finish) {
      const leave = (refusal?: unknown) =>
        logOut.call(this.request, options, (error?: unknown) => finish(error ?? refusal));
      return void this.auth.loggedOut(this.request).then(() => leave(), leave);
    }
    // Passport's throws without a callback; @fastify/passport's is a promise.
    return 'raw' in this.request ? this.leave(logOut) : logOut.call(this.request, options);
  }

  private async leave(logOut: Call): Promise<void> {
    try {
      await this.auth.loggedOut(this.request);
    } finally {
      await logOut.call(this.request);
    }
  }
}

function withOptions(options: unknown, finish: unknown): [options: object, finish: Finish | undefined] {
  return typeof options === 'function' ? [{}, options as Finish] : [options ?? {}, finish as Finish | undefined];
}
