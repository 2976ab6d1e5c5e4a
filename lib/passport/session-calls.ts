import type { AuthSignals } from './auth-signals.js';
import { unsetUser } from './request-user.js';

export type SessionCallName = 'logIn' | 'login' | 'logOut' | 'logout';

type Finish = (error?: unknown) => void;
type Call = (this: object, ...args: unknown[]) => unknown;

/** `logIn()` and `logOut()` of one request: Passport's own, and around them the signals. Others are left alone. */
export class SessionCalls {
  private readonly assigned: { [Name in SessionCallName]?: Call } = {};
  private made: { readonly [Name in SessionCallName]: Call } | undefined;

  constructor(
    private readonly request: object,
    private readonly auth: AuthSignals,
    /** The calls of the attached request, if this one is an object that was made of it. */
    private readonly inherited: SessionCalls | undefined,
  ) {}

  /** Returns the call under a name; undefined until one has been assigned. */
  get(name: SessionCallName): Call | undefined {
    const original = this.original(name);
    return isPassports(original) ? this.reporting[name] : original;
  }

  set(name: SessionCallName, call: Call | undefined): void {
    // Passport writes `req.login = req.logIn = req.logIn || its own`.
    if (call && call === this.made?.[name]) this.assigned[name] = this.passports(name);
    else this.assigned[name] = call;
  }

  private get reporting(): { readonly [Name in SessionCallName]: Call } {
    if (this.made) return this.made;
    const logIn: Call = (user, options, finish) => this.logIn(user, ...withOptions(options, finish));
    const logOut: Call = (options, finish) => this.logOut(...withOptions(options, finish));
    return (this.made = { logIn, login: logIn, logOut, logout: logOut });
  }

  /** Returns the call that was assigned, or that of the prototype, where @fastify/passport puts it. */
  private original(name: SessionCallName): Call | undefined {
    const { assigned, inherited, request } = this;
    if (assigned[name] ?? inherited) return assigned[name] ?? inherited?.original(name);
    return Reflect.get(Object.getPrototypeOf(request) as object, name, request) as Call | undefined;
  }

  /** Returns Passport's call, under either of its two names, while ours is called or assigned. */
  private passports(name: SessionCallName): Call {
    const names: SessionCallName[] = name.toLowerCase() === 'login' ? ['logIn', 'login'] : ['logOut', 'logout'];
    // `get` shows a call of ours only in the place of Passport's.
    return names.map(it => this.original(it)).find(isPassports)!;
  }

  private logIn(user: unknown, options: { session?: boolean }, finish: Finish | undefined): unknown {
    const logIn = this.passports('logIn');
    // Without a session it only says who this request is from, as `passport.authenticate('jwt')` does at every request.
    if (options.session === false) return logIn.call(this.request, user, options, finish);
    this.auth.begin(this.request);
    if (finish) {
      return logIn.call(this.request, user, options, (error?: unknown) => {
        if (error) finish(error);
        else this.report(user).then(() => finish(), finish);
      });
    }
    const logging = logIn.call(this.request, user, options);
    return logging instanceof Promise ? logging.then(() => this.report(user)) : logging;
  }

  private async report(user: unknown): Promise<void> {
    try {
      await this.auth.loggedIn(this.request, user as object);
    } catch (error) {
      await endSession(this.request, this.passports('logOut'));
      unsetUser(this.request, null);
      this.auth.of(this.request).restoreHeaders();
      throw error;
    }
  }

  /** Sends `UserLoggedOut` and logs out, even if a receiver fails. */
  private logOut(options: object, finish: Finish | undefined): unknown {
    const logOut = this.passports('logOut');
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

/**
 * Whether a call is Passport's (0.6 and 0.7) or @fastify/passport's: both ask their session manager. An application
 * may have a `req.login` of its own, and several copies of Passport, so neither the name nor the function says it.
 */
export function isPassports(call: unknown): call is Call {
  return typeof call === 'function' && Function.prototype.toString.call(call).includes('essionManager');
}

function withOptions(options: unknown, finish: unknown): [options: object, finish: Finish | undefined] {
  return typeof options === 'function' ? [{}, options as Finish] : [options ?? {}, finish as Finish | undefined];
}

/** The session of express-session and @fastify/session, with a store; of @fastify/secure-session and cookie-session, without one. */
interface Session {
  destroy?(finish: Finish): unknown;
  delete?(): unknown;
  /** The place of Passport. */
  passport?: object;
}

/** Ends the session that has just begun, as a logout does, so that nothing of it stays, and sends no signal. */
export async function endSession(request: object, logOut: Call): Promise<void> {
  try {
    await finished(finish => logOut.call(request, {}, finish));
    const { session } = request as { session?: Session };
    // After a logout express-session would keep an empty session, and give its cookie to the browser.
    if (typeof session?.destroy === 'function') await finished(finish => session.destroy?.(finish));
    else if (typeof session?.delete === 'function') session.delete();
    // cookie-session sends no cookie for a new session that holds nothing.
    else if (session?.passport && Object.keys(session.passport).length === 0) delete session.passport;
  } catch {
    // The store does not answer. A response without a session object sets no cookie, so the id is never sent.
    Reflect.set(request, 'session', undefined);
  }
}

/** Waits for a callback, or for a promise if there is one. */
async function finished(call: (finish: Finish) => unknown): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const ending = call(error => (error ? reject(error) : resolve()));
  await (ending instanceof Promise ? ending : promise);
}
