import { channel } from 'node:diagnostics_channel';
import { jest } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { OnSignal, Signal, SignalsModule } from 'nestjs-signals';
import { SignalsInspectorModule } from 'nestjs-signals/inspector';
import { openTelemetry } from 'nestjs-signals/opentelemetry';
import { recordSignals } from 'nestjs-signals/testing';

class Ready extends Signal {}

@Injectable()
class Receiver {
  @OnSignal(Ready)
  receive() {}
}

/** Makes an application, has it watched in every way, sends in it and closes it. */
async function runOne(): Promise<void> {
  const module = await Test.createTestingModule({
    imports: [SignalsModule.forRoot({ telemetry: openTelemetry() }), SignalsInspectorModule.forRoot()],
    providers: [Ready, Receiver],
  }).compile();
  const app = module.createNestApplication({ logger: false });
  await app.init();
  const sent = recordSignals(app);
  await app.get(Ready).send(null);
  expect(sent.all).toHaveLength(1);
  await app.close();
}

const CHANNELS = ['send', 'receive', 'store', 'attempt'].flatMap(name =>
  ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map(event => `tracing:nestjs-signals:${name}:${event}`),
);

/** The numbers of listeners that a process has, and the channels that somebody is subscribed to. */
function listeners(): unknown {
  const ofProcess = process.eventNames().map(name => [name, process.listenerCount(name)]);
  const names = [...CHANNELS, 'nestjs-signals:skip', 'nestjs-signals:drop'];
  return { ofProcess, watched: names.filter(name => channel(name).hasSubscribers) };
}

describe('A hundred applications of one process, made and closed one after another', () => {
  it('leave no listener behind, and no reason for a warning', async () => {
    await runOne();
    const before = listeners();
    const warning = jest.spyOn(process, 'emitWarning').mockReturnValue();

    for (let made = 0; made < 100; made++) await runOne();

    expect(warning.mock.calls).toEqual([]);
    expect(listeners()).toEqual(before);
    expect(before).toMatchObject({ watched: [] });
    warning.mockRestore();
  });
});
