/** A Passport strategy. For each attempt Passport makes an object on top of it, with calls for the outcome. */
export interface Strategy {
  authenticate(this: unknown, request: object, options?: object): unknown;
}

/** A strategy of @nestjs/passport, as `PassportStrategy()` makes it. */
interface NestStrategy extends Strategy {
  getPassportInstance(): { readonly _strategies?: Readonly<Record<string, unknown>> };
}

/** Returns the Passport that a strategy is registered with; undefined for one that @nestjs/passport has not made. */
export function passportOf(strategy: Strategy): ReturnType<NestStrategy['getPassportInstance']> | undefined {
  return (strategy as Partial<NestStrategy>).getPassportInstance?.();
}

/** Returns the name that a strategy is registered under, or else its own. */
export function strategyName(strategy: Strategy): string {
  const { name } = strategy as { name?: string };
  // Passport 0.6 and 0.7 keep their table here; a strategy itself does not know under which name it was registered.
  const table = passportOf(strategy)?._strategies ?? {};
  return Object.keys(table).find(key => table[key] === strategy) ?? name ?? strategy.constructor.name;
}
