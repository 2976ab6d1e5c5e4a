import { isPromise } from 'node:util/types';

/** `useValue` with a promise: Nest awaits it for those who inject it, and for nobody else. */
export class PromisedValues {
  private readonly known = new WeakMap<object, { readonly value?: unknown }>();

  /**
   * The instance of a provider; undefined while it is promised.
   *
   * @param kept - called once, when the promise is kept. A broken one is left to Nest, which throws it at those who
   * inject it.
   */
  instanceOf(provider: { readonly instance: unknown }, kept: () => void): unknown {
    const { instance } = provider;
    if (!isPromise(instance)) return instance;
    const known = this.known.get(provider);
    if (known) return known.value;
    this.known.set(provider, {});
    const keep = (value: unknown) => {
      this.known.set(provider, { value });
      kept();
    };
    instance.then(keep, () => {});
    return undefined;
  }
}
