import { isPromise } from 'node:util/types';

/** Values of `useValue` that are promises: Nest awaits them only for classes that inject them. */
export class PromisedValues {
  private readonly known = new WeakMap<object, { readonly value?: unknown }>();

  /**
   * Returns the instance of a provider; undefined while it is promised.
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
