import type { INestApplication, NestApplicationOptions } from '@nestjs/common';
import express from 'express';
import type { IncomingMessage } from 'node:http';
import { inProcess } from 'nestjs-signals/testing';
import { type AdapterName, PageApp } from './page-app.js';

type Prepare = (app: INestApplication) => unknown;

type Parser = (request: unknown, body: Buffer, done: (error: null, body?: unknown) => void) => void;

/** Has a parser of its own for everything. */
function ofFastify(options: object, parser: Parser): Prepare {
  return app => {
    const instance = app.getHttpAdapter().getInstance() as {
      removeAllContentTypeParsers(): void;
      addContentTypeParser(type: string, options: object, parser: Parser): void;
    };
    instance.removeAllContentTypeParsers();
    instance.addContentTypeParser('*', options, parser);
  };
}

/** Reads a body before any parser, as those do that check signatures. */
const reading = (keep: boolean) =>
  async function read(request: IncomingMessage & { rawBody?: Buffer }, _: unknown, next: () => void): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    if (keep) request.rawBody = Buffer.concat(parts);
    next();
  };

const WITHOUT: NestApplicationOptions = { bodyParser: false };
const unchanged: Prepare = () => {};
const EVERYTHING = { type: '*/*' };

async function started(adapter: AdapterName, options: NestApplicationOptions, prepare: Prepare) {
  return PageApp.start({ adapter, options, signals: { durable: inProcess() }, prepare });
}

describe('An operation of the live page', () => {
  it.each<[string, AdapterName, NestApplicationOptions, Prepare]>([
    ['Express without a body parser', 'express', WITHOUT, unchanged],
    ['Express, which keeps bodies as they were', 'express', { rawBody: true }, unchanged],
    ['Express with bodies that are bytes', 'express', WITHOUT, app => app.use(express.raw(EVERYTHING))],
    ['Express with bodies that are text', 'express', WITHOUT, app => app.use(express.text(EVERYTHING))],
    ['Express with a body that was read and kept', 'express', WITHOUT, app => app.use(reading(true))],
    ['Fastify without a body parser', 'fastify', WITHOUT, unchanged],
    ['Fastify, which keeps bodies as they were', 'fastify', { rawBody: true }, unchanged],
    ['bytes', 'fastify', WITHOUT, ofFastify({ parseAs: 'buffer' }, (_, body, done) => done(null, body))],
    ['a stream that is handed on', 'fastify', WITHOUT, ofFastify({}, (_, stream, done) => done(null, stream))],
    ['a stream that is left alone', 'fastify', WITHOUT, ofFastify({}, (_, stream, done) => done(null))],
  ])('is carried out by %s', async (_, adapter, options, prepare) => {
    await using shop = await started(adapter, options, prepare);

    const done = await shop.operate({ operation: 'retry' });
    expect([done.status, await done.json()]).toEqual([200, { count: 0 }]);
  });

  it('says so where middleware has taken its body', async () => {
    await using shop = await started('express', WITHOUT, app => app.use(reading(false)));

    const { error } = (await (await shop.operate({ operation: 'retry' })).json()) as { error: object };
    expect(error).toEqual({
      code: 'UNKNOWN_OPTION',
      message: expect.stringMatching(/the application has read it.*request\.body[^]*fix: let a body parser set/),
    });
  });

  it.each(['express', 'fastify'] as const)('is refused on %s if it is no JSON, or too large', async adapter => {
    await using shop = await started(
      adapter,
      WITHOUT,
      adapter === 'fastify' ? ofFastify({}, (_, stream, done) => done(null)) : unchanged,
    );
    const bodies = ['', '{"operation":', `{"operation":"retry"${' '.repeat(3_000_000)}}`];

    for (const body of bodies) {
      const headers = { 'x-signals-inspector': '1' };
      const answer = await fetch(`${shop.url}/signals/api/operations`, { method: 'POST', body, headers });
      expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('it is not JSON')]);
    }
  });
});
