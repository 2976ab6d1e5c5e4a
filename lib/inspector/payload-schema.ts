import type { SignalClass } from '../core/index.js';

/** A schema that can also be written as JSON Schema. @see https://standardschema.dev/json-schema */
interface JsonSchemaSource {
  readonly '~standard'?: {
    readonly jsonSchema?: { input?(options: { target: string }): unknown };
  };
}

/** Returns `static schema` of a signal as JSON Schema; undefined where its validator cannot, or this schema cannot. */
export function payloadSchemaOf(signal: SignalClass): object | undefined {
  const { schema } = signal as { schema?: JsonSchemaSource };
  const source = schema?.['~standard']?.jsonSchema;
  try {
    const written = source?.input?.({ target: 'draft-07' });
    return typeof written === 'object' && written !== null ? written : undefined;
  } catch {
    return undefined;
  }
}
