import type { AnySignal, SignalRegistry } from '../core/index.js';
import { M2mChanged } from './collections/m2m-changed.js';
import { PostInit, PostLoad } from './loading/loading-signals.js';
import { PostMigrate, PreMigrate } from './migrations/migration-signals.js';
import { ModelChannel } from './model-channel.js';
import { PostDelete, PostSave, PreDelete, PreSave } from './model-signals.js';
import { ConnectionCreated, EntityPrepared } from './starting/starting-signals.js';
import { PostBulkWrite, PreBulkWrite } from './writes/bulk-signals.js';
import { PostUpsert, PreUpsert } from './writes/upsert-signals.js';

/** A model signal, the kind of its senders, and the work of MikroORM that sends it. */
interface ModelSignalRow {
  readonly signal: new () => AnySignal;
  readonly about: 'entities' | 'relations' | 'migrators' | 'connections';
  readonly sentBy: 'flush' | 'upsert' | 'bulk write' | 'load' | 'start' | 'migration' | 'connection';
}

/** The model signals, by the names of their channels. A new signal is a row here, and the code that sends it. */
const MODEL_SIGNALS = {
  preSave: { signal: PreSave, about: 'entities', sentBy: 'flush' },
  postSave: { signal: PostSave, about: 'entities', sentBy: 'flush' },
  preDelete: { signal: PreDelete, about: 'entities', sentBy: 'flush' },
  postDelete: { signal: PostDelete, about: 'entities', sentBy: 'flush' },
  m2mChanged: { signal: M2mChanged, about: 'relations', sentBy: 'flush' },
  preUpsert: { signal: PreUpsert, about: 'entities', sentBy: 'upsert' },
  postUpsert: { signal: PostUpsert, about: 'entities', sentBy: 'upsert' },
  preBulkWrite: { signal: PreBulkWrite, about: 'entities', sentBy: 'bulk write' },
  postBulkWrite: { signal: PostBulkWrite, about: 'entities', sentBy: 'bulk write' },
  postInit: { signal: PostInit, about: 'entities', sentBy: 'load' },
  postLoad: { signal: PostLoad, about: 'entities', sentBy: 'load' },
  entityPrepared: { signal: EntityPrepared, about: 'entities', sentBy: 'start' },
  connectionCreated: { signal: ConnectionCreated, about: 'connections', sentBy: 'connection' },
  preMigrate: { signal: PreMigrate, about: 'migrators', sentBy: 'migration' },
  postMigrate: { signal: PostMigrate, about: 'migrators', sentBy: 'migration' },
} satisfies Record<string, ModelSignalRow>;

const ROWS: [name: string, row: ModelSignalRow][] = Object.entries(MODEL_SIGNALS);

/** The channels of the model signals in one application. */
export type ModelChannels = Readonly<Record<keyof typeof MODEL_SIGNALS, ModelChannel>>;

/** Makes the channels of the model signals of one application. */
export function modelChannels(registry: SignalRegistry): ModelChannels {
  return Object.fromEntries(
    ROWS.map(([name, { signal }]) => [name, new ModelChannel(registry.channel(signal))]),
  ) as ModelChannels;
}

/** Returns the channels of the signals that one kind of work sends. */
export function channelsSentBy(channels: ModelChannels, sentBy: ModelSignalRow['sentBy']): ModelChannel[] {
  return ROWS.flatMap(([name, row]) => (row.sentBy === sentBy ? [channels[name as keyof ModelChannels]] : []));
}

/** Returns the signals of the rows that have these values. Default: all. */
export function modelSignals(like: Partial<Omit<ModelSignalRow, 'signal'>> = {}): ModelSignalRow['signal'][] {
  const isMeant = ({ about, sentBy }: ModelSignalRow) =>
    about === (like.about ?? about) && sentBy === (like.sentBy ?? sentBy);
  return ROWS.flatMap(([, row]) => (isMeant(row) ? [row.signal] : []));
}

/** The reason why an application sends no model signals, for the warning at start. */
export const NO_ORM = 'it has no MikroORM, or `SignalsModule.forRoot({ mikroOrm: false })`';
