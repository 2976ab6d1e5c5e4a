import { inspect } from 'node:util';
import { privateField } from '../../lib/nest/requests/private-field.js';
import { garbageCollector } from '../support/garbage.js';

describe('A private field', () => {
  it('is kept with its object, until another takes its place', () => {
    const kept = privateField<string>();
    const [one, other] = [{}, {}];
    kept.keep(one, 'first');
    kept.keep(one, 'second');

    expect([kept.of(one), kept.of(other)]).toEqual(['second', undefined]);
  });

  it('is known to those only who have kept it', () => {
    const [ours, theirs] = [privateField<string>(), privateField<string>()];
    const object = { name: 'request' };
    ours.keep(object, 'ours');

    expect(theirs.of(object)).toBeUndefined();
    theirs.keep(object, 'theirs');
    expect([ours.of(object), theirs.of(object)]).toEqual(['ours', 'theirs']);
  });

  it('is not seen on the object', () => {
    const kept = privateField<string>();
    const object = { name: 'request' };
    kept.keep(object, 'a secret');

    expect(Reflect.ownKeys(object)).toEqual(['name']);
    expect(inspect(object, { showHidden: true })).toBe("{ name: 'request' }");
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype);
    expect({ ...object }).toEqual({ name: 'request' });
    expect(kept.of({ ...object })).toBeUndefined();
  });

  it('does not keep its object alive', async () => {
    const collectGarbage = garbageCollector();
    const kept = privateField<object>();
    const object = new WeakRef({});
    kept.keep(object.deref()!, { about: object.deref() });

    await new Promise(setImmediate);
    collectGarbage();

    expect(object.deref()).toBeUndefined();
  });
});
