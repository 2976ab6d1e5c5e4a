import 'reflect-metadata';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Signal, SignalsModule } from 'nestjs-signals';
import { SignalsInspectorModule } from 'nestjs-signals/inspector';
import { openPages, sendAt5000 } from '../test/inspector/open-pages.ts';
import { compareBy, type Row } from './compare.ts';
import { type Case, report } from './report.ts';

// An awaited send with three receivers: without the live page, with one that is closed, and with one that is open. CPU time: the
// machine may be busy. What is closed changes nothing outside its application, so those applications live side by side,
// and their samples are short and many; a page that is open is one of the whole process, so it lives for one sample.

// How long whatever else runs in the application waits, when it sends 5,000 times a second: this is wall time, of a quiet machine.

const SENDS = 20_000;
const SHORT = 2000;
const PAGES = 50;

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

/** The 99th percentile of the delay of the event loop, in ns, while there are 5,000 sends a second. */
async function delay({ page }: Pick<Candidate, 'page'>): Promise<number> {
  const { app, send } = await open({ name: '', page });
  const reader = page === 'none' ? undefined : await openPages(await app.getUrl(), PAGES);
  await sendAt5000(send, 5000);
  const histogram = monitorEventLoopDelay({ resolution: 5 });
  histogram.enable();
  await sendAt5000(send, 15_000);
  histogram.disable();
  reader?.kill();
  await app.close();
  return histogram.percentile(99);
}

const cases: Case[] = [];
for (const rows of [await measureClosed(), await measureOpen()]) {
  cases.push(...rows.map(row => ({ what: 'send, sync receivers, awaited', receivers: 3, ...row })));
}
const delays = [
  { name: 'without the live page', page: 'none' },
  { name: `${PAGES} pages are open`, page: 'open' },
] as const;
const delayRows = await compareBy(delay, delays, 3);
cases.push(
  ...delayRows.map(row => ({ what: 'delay of the event loop, p99, 5,000 sends a second', receivers: 3, ...row })),
);
report('inspector', cases);
process.exit(0);
