import 'reflect-metadata';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Signal, SignalsModule } from 'nestjs-signals';
import { SignalsInspectorModule } from 'nestjs-signals/inspector';
import { compareBy, type Row } from './compare.ts';
import { type Case, report } from './report.ts';

// An awaited send with three receivers: without the live page, with one that is closed, and with one that is open. CPU time: the
// machine may be busy. What is closed changes nothing outside its application, so those applications live side by side,
// and their samples are short and many; a page that is open is one of the whole process, so it lives for one sample.

const SENDS = 20_000;
const SHORT = 2000;

class Ping extends Signal<{ at: number }> {}

interface Candidate {
  readonly name: string;
  readonly page: 'none' | 'closed' | 'open' | 'open, with payloads';
}

async function open({ page }: Candidate): Promise<{ app: INestApplication; send: (times: number) => Promise<void> }> {
  class App {}
  const payloads = page === 'open, with payloads';
  const pages = page === 'none' ? [] : [SignalsInspectorModule.forRoot({ payloads })];
  Module({ imports: [SignalsModule.forRoot(), ...pages], providers: [Ping] })(App);
  const app = await NestFactory.create(App, { logger: false });
  await app.listen(0, '127.0.0.1');
  const ping = app.get(Ping);
  for (let at = 0; at < 3; at += 1) ping.connect(() => {}, { uid: `receiver ${at}` });
  const send = async (times: number) => {
    for (let at = 0; at < times; at += 1) await ping.send(undefined, { at });
  };
  return { app, send };
}

async function cpuOf(send: (times: number) => Promise<void>, times: number): Promise<number> {
  const begun = process.cpuUsage();
  await send(times);
  const { user, system } = process.cpuUsage(begun);
  return ((user + system) * 1000) / times;
}

/** An application that lives for one sample: while a page of it is open, every send of the process is observed. */
async function sample(candidate: Candidate): Promise<number> {
  const { app, send } = await open(candidate);
  if (candidate.page.startsWith('open')) {
    const [stream] = (await once(get(`${await app.getUrl()}/signals/api/events`), 'response')) as [IncomingMessage];
    stream.resume();
  }
  await send(SENDS);
  const ns = await cpuOf(send, SENDS);
  await app.close();
  return ns;
}

async function measureClosed(): Promise<Row[]> {
  const candidates = [
    { name: 'without the live page', page: 'none' },
    { name: 'without, again', page: 'none' },
    { name: 'closed', page: 'closed' },
  ] as const;
  const living = await Promise.all(candidates.map(async it => ({ name: it.name, ...(await open(it)) })));
  for (const { send } of living) await send(SENDS);
  const rows = await compareBy(({ send }) => cpuOf(send, SHORT), living, 301);
  for (const { app } of living) await app.close();
  return rows;
}

async function measureOpen(): Promise<Row[]> {
  const candidates: Candidate[] = [
    { name: 'without the live page', page: 'none' },
    { name: 'open', page: 'open' },
    { name: 'open, with payloads', page: 'open, with payloads' },
  ];
  for (const candidate of candidates) await sample(candidate);
  return compareBy(sample, candidates, 9);
}

const cases: Case[] = [];
for (const rows of [await measureClosed(), await measureOpen()]) {
  cases.push(...rows.map(row => ({ what: 'send, sync receivers, awaited', receivers: 3, ...row })));
}
report('inspector', cases);
process.exit(0);
