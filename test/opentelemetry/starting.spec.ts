import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { context, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { Signal, SignalsModule } from 'nestjs-signals';
import { openTelemetry } from 'nestjs-signals/opentelemetry';
import { withApi } from '../../lib/opentelemetry/open-telemetry.js';
import { compileApp } from '../support/app.js';
import { quiet } from '../support/quiet.js';
import { Tracing } from './tracing.js';

class Ping extends Signal<{}> {}

const start = async () => {
  const imports = [SignalsModule.forRoot({ telemetry: openTelemetry() })];
  const app = await compileApp({ imports, providers: [Ping] });
  return app.init();
};

const warnings = () =>
  jest
    .spyOn(Logger.prototype, 'warn')
    .mock.calls.map(([text]) => String(text))
    .filter(text => text.includes('OpenTelemetry'));

describe('At start', () => {
  quiet();
  afterEach(() => {
    trace.disable();
    context.disable();
  });

  it('a missing SDK is warned of, and sends work', async () => {
    const app = await start();
    await app.get(Ping).send('somebody');
    await app.close();

    expect(warnings()).toEqual([expect.stringMatching(/node --import[^]*#no_telemetry_sdk/)]);
  });

  it('an SDK that keeps contexts is not', async () => {
    const spans = new Tracing();
    spans.start();
    const app = await start();
    await app.close();

    expect(warnings()).toEqual([]);
  });

  it('an SDK may be registered later: spans are made from then on', async () => {
    const app = await start();
    const exporter = new InMemorySpanExporter();
    await app.get(Ping).send('somebody');
    trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
    await app.get(Ping).send('somebody');
    await app.close();

    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['send Ping']);
  });

  it('of two applications in one process each makes the spans of its own, until it has ended', async () => {
    const spans = new Tracing();
    spans.start();
    const [one, other] = [await start(), await start()];
    await one.get(Ping).send('somebody');
    expect(spans.tree).toEqual(['send Ping']);
    await other.close();
    await one.get(Ping).send('somebody');
    expect(spans.tree).toEqual(['send Ping', 'send Ping']);
    await one.close();
    const plain = await compileApp({ imports: [SignalsModule.forRoot()], providers: [Ping] });
    await plain.init();
    await plain.get(Ping).send('somebody');
    await plain.close();

    expect(spans.spans).toHaveLength(2);
  });

  it.each([
    [{ telemetry: openTelemetry as never }, /telemetry/],
    [{ telemetry: null as never }, /telemetry/],
  ])('anything else than an exporter is refused: %p', (options, at) => {
    const starting = compileApp({ imports: [SignalsModule.forRoot(options)] });

    return expect(starting).rejects.toMatchObject({ code: 'UNKNOWN_OPTION', message: expect.stringMatching(at) });
  });

  it('the API that is not installed is named', async () => {
    const missing = Object.assign(new Error(`Cannot find package '@opentelemetry/api' imported from x`), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
    const other = Object.assign(new Error(`Cannot find package 'other' imported from x`), { code: missing.code });
    const old = new SyntaxError(`The requested module '@opentelemetry/api' does not provide an export named 'metrics'`);

    await expect(withApi(() => Promise.reject(missing))).rejects.toMatchObject({
      code: 'PEER_NOT_INSTALLED',
      message: expect.stringContaining('npm install @opentelemetry/api'),
    });
    await expect(withApi(() => Promise.reject(old))).rejects.toMatchObject({ code: 'PEER_NOT_SUPPORTED' });
    await expect(withApi(() => Promise.reject(other))).rejects.toBe(other);
  });

  it.each([[null], [{ durable: 'child' }], [{ signals: ['Ping'] }], [{ propagator: {} }], [{ exporter: {} }]])(
    'an option that is none is refused: %p',
    options => {
      expect(() => openTelemetry(options as never)).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }));
    },
  );
});
