/** A request as Passport and Nest's guards leave their user on it. */
interface RequestWithUser {
  /** Set by `passport.initialize({ userProperty })`: the property that holds the user instead of `user`. */
  readonly _userProperty?: string;
  [property: string]: unknown;
}

/** Returns the user who is logged in, as Passport sees it. */
export function userOf(request: object): object | null {
  const holder = request as RequestWithUser;
  return (holder[holder._userProperty ?? 'user'] as object | undefined) ?? null;
}

/** Takes a refused user off the request, from each property that may hold one. */
export function unsetUser(request: object, user: unknown, property = 'user'): void {
  const holder = request as RequestWithUser;
  for (const name of [property, 'user', holder._userProperty ?? 'user']) {
    if (holder[name] === user) holder[name] = undefined;
  }
}
