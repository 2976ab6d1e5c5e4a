/** The property of a request that holds the application that it is attached to. */
export const APPLICATION: unique symbol = Symbol('AttachedApplication');

/** Whether an application watches the logins of a request. */
export function isAttached(request: object): boolean {
  return APPLICATION in request;
}
