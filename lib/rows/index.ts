export { RowChanged, type RowChangedPayload } from './row-changed.js';
/** @internal */
export { rowsRoom } from './rows.room.js';
export type { RowChanges, RowValues } from './row-types.js';
export { RowSignals, rowSignals, type RowSignalsOptions } from './row-signals.js';
export { rowTriggers, type RowTriggersOptions } from './row-triggers.js';
