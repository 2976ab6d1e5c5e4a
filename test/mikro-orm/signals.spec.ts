import { SignalRegistry } from '../../lib/core/index.js';
import { Signal } from '../../lib/index.js';
import * as room from '../../lib/mikro-orm/index.js';
import { channelsSentBy, modelChannels, modelSignals } from '../../lib/mikro-orm/signals.js';

describe('The table of model signals', () => {
  const signals = Object.values<unknown>(room).filter(
    value => typeof value === 'function' && value.prototype instanceof Signal,
  );

  it('has a row for every signal of the room, and no other', () => {
    expect(new Set(modelSignals())).toEqual(new Set(signals));
    expect(modelSignals()).toHaveLength(signals.length);
  });

  it('names each channel after its signal', () => {
    const channels = modelChannels(new SignalRegistry());
    const names = modelSignals().map(({ name }) => name[0]?.toLowerCase() + name.slice(1));
    expect(Object.keys(channels).sort()).toEqual(names.sort());
  });

  it('selects signals by their senders and by the work that sends them', () => {
    const channels = modelChannels(new SignalRegistry());
    expect(modelSignals({ about: 'relations' })).toEqual([room.M2mChanged]);
    expect(modelSignals({ about: 'entities', sentBy: 'load' })).toEqual([room.PostInit, room.PostLoad]);
    expect(modelSignals({ about: 'relations', sentBy: 'load' })).toEqual([]);
    expect(channelsSentBy(channels, 'upsert')).toEqual([channels.preUpsert, channels.postUpsert]);
  });
});
