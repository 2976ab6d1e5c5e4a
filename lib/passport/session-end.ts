type Finish = (error?: unknown) => void;

/** The session of express-session and @fastify/session, with a store, or of @fastify/secure-session, without one. */
interface Session {
  destroy?(finish: Finish): unknown;
  delete?(): unknown;
}

/** Ends the session that has just begun, as a logout does, so that nothing of it stays, and sends no signal. */
export async function endSession(
  request: object,
  logOut: (this: object, ...args: unknown[]) => unknown,
): Promise<void> {
  try {
    await finished(finish => logOut.call(request, {}, finish));
    const { session } = request as { session?: Session };
    // After a logout express-session would keep an empty session, and give its cookie to the browser.
    if (typeof session?.destroy === 'function') await finished(finish => session.destroy!(finish));
    else if (typeof session?.delete === 'function') session.delete();
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
