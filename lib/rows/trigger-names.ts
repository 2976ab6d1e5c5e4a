export type RowOperation = 'insert' | 'update' | 'delete';

/** Where changes are noted. */
export interface RowJobs {
  readonly schema: string;
  /** Whether the relay is notified of each. */
  readonly notify: boolean;
}

/** The name of the table that changes are noted in, in SQL. */
export function rowChangeTable(schema: string): string {
  return `${quoted(schema)}.row_change`;
}

/** Returns the name of the table of changes that could not be sent. */
export function failedTable(schema: string): string {
  return `${quoted(schema)}.row_change_failed`;
}

/** The beginning of a name in a schema. */
export function schemaPrefix(schema: string | undefined): string {
  return schema === undefined ? '' : `${quoted(schema)}.`;
}

/** A name as SQL has it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
