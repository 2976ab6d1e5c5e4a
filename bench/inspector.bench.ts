import 'reflect-metadata';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Signal, SignalsModule } from 'nestjs-signals';
import { SignalsInspectorModule } from 'nestjs-signals/inspector';
import { compareBy } from './compare.ts';
import { report } from './report.ts';

// An awaited send with three receivers: without the live page, with one that is closed, and with one that is open. CPU time: the
// machine may be busy.

const SENDS = 20_000;

class Ping extends Signal<{ at: number }> {}

interface Candidate {
  readonly name: string;
  readonly page: 'none' | 'closed' | 'open' | 'open, with payloads';
}

/** An application that lives for one sample: while a page of it is open, every send of the process is observed. */
async function sample({ page }: Candidate): Promise<number> {
  class App {}
  const payloads = page === 'open, with payloads';
  const pages = page === 'none' ? [] : [SignalsInspectorModule.forRoot({ payloads })];
  Module({ imports: [SignalsModule.forRoot(), ...pages], providers: [Ping] })(App);
  const app = await NestFactory.create(App, { logger: false });
  await app.listen(0, '127.0.0.1');
  const ping = app.get(Ping);
  for (let at = 0; at < 3; at += 1) ping.connect(() => {}, { uid: `receiver ${at}` });
  if (page.startsWith('open')) {
    const [stream] = (await once(get(`${await app.getUrl()}/signals/api/events`), 'response')) as [IncomingMessage];
    stream.resume();
  }
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

const candidates: Candidate[] = [
  { name: 'without the live page', page: 'none' },
  { name: 'closed', page: 'closed' },
  { name: 'open', page: 'open' },
  { name: 'open, with payloads', page: 'open, with payloads' },
];
for (const candidate of candidates) await sample(candidate);
const rows = await compareBy(sample, candidates, 9);
report(
  'inspector',
  rows.map(row => ({ what: 'send, sync receivers, awaited', receivers: 3, ...row })),
);
process.exit(0);
