import { SignalError } from './errors.js';
import { isThenable } from './thenable.js';

/** A Standard Schema, as far as this library uses it; zod, valibot and arktype make them. @see https://standardschema.dev */
export interface StandardSchemaV1 {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult | Promise<SchemaResult>;
  };
}

export interface SchemaResult {
  readonly issues?: readonly SchemaIssue[] | undefined;
}

interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The `static schema` of a signal. */
export class PayloadSchema {
  constructor(
    private readonly signalName: string,
    private readonly schema: StandardSchemaV1,
  ) {}

  /** @throws {SignalError} `PAYLOAD_INVALID`, later when the schema is asynchronous. */
  check(payload: object): Promise<void> | undefined {
    const result = this.schema['~standard'].validate(payload);
    if (isThenable(result)) return result.then(settled => this.refuse(settled));
    this.refuse(result);
    return undefined;
  }

  /** @throws {SignalError} `PAYLOAD_INVALID`, also when the schema is asynchronous. */
  checkSync(payload: object): void {
    const result = this.schema['~standard'].validate(payload);
    if (!isThenable(result)) return this.refuse(result);
    result.then(undefined, () => {});
    throw new SignalError('PAYLOAD_INVALID', {
      what: `The schema of ${this.signalName} is asynchronous, so ${this.signalName}.sendSync() cannot check the payload.`,
      at: `a sendSync of ${this.signalName}`,
      fix: `await ${this.signalName}.send().`,
    });
  }

  /** Names what is wrong by its path. Values are left out: they may be secrets. */
  private refuse({ issues = [] }: SchemaResult): void {
    if (issues.length === 0) return;
    const found = issues.map(({ message, path = [] }) => `${path.map(pathKey).join('.') || 'the payload'}: ${message}`);
    throw new SignalError('PAYLOAD_INVALID', {
      what: `The payload of ${this.signalName} does not fit its schema: ${found.join('; ')}.`,
      at: `a send of ${this.signalName}`,
      fix: `send what ${this.signalName}.schema describes.`,
    });
  }
}

function pathKey(key: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof key === 'object' ? key.key : key);
}
