import { Type } from '@mikro-orm/core';

/** Stored with a prefix, so that database and JavaScript values differ. */
export class Code<Value extends string | null = string> extends Type<Value> {
  override convertToDatabaseValue(value: Value): Value {
    return value == null ? value : (`code:${value}` as Value);
  }

  override convertToJSValue(value: Value): Value {
    return value == null ? value : (value.replace('code:', '') as Value);
  }

  override getColumnType(): string {
    return 'text';
  }
}
