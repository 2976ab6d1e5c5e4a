import 'reflect-metadata';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Signal, SignalsModule } from 'nestjs-signals';
import { openTelemetry } from 'nestjs-signals/opentelemetry';
import { compareBy } from './compare.ts';
import { report } from './report.ts';

// An awaited send with three receivers, without and with telemetry, in one process. CPU time: the machine may be busy.

const SENDS = 5000;

class Ping extends Signal<{ at: number }> {}

/** An application with telemetry that lives for one sample: while it lives, every send of the process is observed. */
async function sample({ isOn }: { readonly name: string; readonly isOn: boolean }): Promise<number> {
  class App {}
  const imports = [SignalsModule.forRoot(isOn ? { telemetry: openTelemetry() } : {})];
  Module({ imports, providers: [Ping] })(App);
  const app = await NestFactory.createApplicationContext(App, { logger: false });
  const ping = app.get(Ping);
  for (let at = 0; at < 3; at += 1) ping.connect(() => {}, { uid: `receiver ${at}` });
  const send = async () => {
    for (let at = 0; at < SENDS; at += 1) await ping.send(undefined, { at });
  };
  await send();
  const begun = process.cpuUsage();
  await send();
  const { user, system } = process.cpuUsage(begun);
  await app.close();
  return ((user + system) * 1000) / SENDS;
}

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(new TracerProvider());

const candidates = [
  { name: 'without telemetry', isOn: false },
  { name: 'with openTelemetry(), four spans', isOn: true },
];
for (const candidate of candidates) await sample(candidate);
const rows = await compareBy(sample, candidates, 9);
report(
  'telemetry',
  rows.map(row => ({ what: 'send, sync receivers, awaited', receivers: 3, ...row })),
);
process.exit(0);
