import type { EntityProperty } from '@mikro-orm/core';
import { copyOf } from '../../core/index.js';
import { keyOf, keyValues } from '../keys.js';
import { ScalarReference } from '../peer.js';
import type { Values } from '../properties.js';

/** Returns whether only a type of its own can read the stored value of a property. */
export function isConverted({ kind, object, array, embeddedProps, customType, customTypes }: EntityProperty): boolean {
  if (kind === 'embedded' && !object && !array) return Object.values(embeddedProps).some(isConverted);
  return customType !== undefined || customTypes?.some(type => type !== undefined) === true;
}

/** Returns the value of a property on its instance: embeddables as objects, relations as primary keys. */
export function instanceValue(instance: object, prop: EntityProperty): unknown {
  return shown((instance as Values)[prop.name], prop);
}

function shown(value: unknown, prop: EntityProperty): unknown {
  const held: unknown = ScalarReference.isScalarReference(value) ? value.unwrap() : value;
  if (held === null || held === undefined) return null;
  if (prop.kind === 'embedded')
    return Array.isArray(held) ? held.map(item => parts(item as Values, prop)) : parts(held as Values, prop);
  return prop.targetMeta ? keyOf(keyValues({ [prop.name]: held }, [prop])) : copyOf(held);
}

function parts(embeddable: Values, { embeddedProps }: EntityProperty): Values {
  const held = Object.entries(embeddedProps).filter(([name]) => embeddable[name] !== undefined);
  return Object.fromEntries(held.map(([name, part]) => [name, shown(embeddable[name], part)]));
}
