import { context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

/** The spans of a process, with an SDK that keeps them. */
export class Tracing {
  private readonly exporter = new InMemorySpanExporter();

  start(): void {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(
      new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: this.exporter })] }),
    );
  }

  stop(): void {
    trace.disable();
    context.disable();
  }

  reset(): void {
    this.exporter.reset();
  }

  /** In the order in which they have ended. */
  get spans(): readonly ReadableSpan[] {
    return this.exporter.getFinishedSpans();
  }

  named(name: string): ReadableSpan {
    const [span] = this.all(name);
    if (!span) throw new Error(`There is no span '${name}', but ${this.spans.map(one => one.name).join(', ')}.`);
    return span;
  }

  all(name: string): ReadableSpan[] {
    return this.spans.filter(span => span.name === name);
  }

  /** Each span below its parent, indented. */
  get tree(): string[] {
    const known = new Set(this.spans.map(idOf));
    const lines = (depth: number, parent: string | undefined): string[] =>
      this.spans
        .filter(one => parentOf(one, known) === parent)
        .toSorted((a, b) => a.startTime[0] - b.startTime[0] || a.startTime[1] - b.startTime[1])
        .flatMap(one => [`${'  '.repeat(depth)}${shown(one)}`, ...lines(depth + 1, idOf(one))]);
    return lines(0, undefined);
  }
}

/** An SDK for the tests of a file. */
export function tracing(): Tracing {
  const made = new Tracing();
  beforeAll(() => made.start());
  beforeEach(() => made.reset());
  afterAll(() => made.stop());
  return made;
}

/** Runs `call` in a span of the application, as a request would have. */
export async function within<T>(name: string, call: () => T | Promise<T>): Promise<T> {
  return trace.getTracer('application').startActiveSpan(name, async (span: Span) => {
    try {
      return await call();
    } finally {
      span.end();
    }
  });
}

/** Makes a span of the application where this is called: a query, for instance. */
export function mark(name: string): void {
  trace.getTracer('application').startSpan(name).end();
}

export function idOf(span: ReadableSpan): string {
  return span.spanContext().spanId;
}

export function traceOf(span: ReadableSpan): string {
  return span.spanContext().traceId;
}

function parentOf({ parentSpanContext }: ReadableSpan, known: ReadonlySet<string>): string | undefined {
  const parent = parentSpanContext?.spanId;
  return parent !== undefined && known.has(parent) ? parent : undefined;
}

function shown({ name, kind, status, attributes }: ReadableSpan): string {
  const error = status.code === SpanStatusCode.ERROR ? ` ERROR ${String(attributes['error.type'])}` : '';
  return `${name}${kind === SpanKind.INTERNAL ? '' : ` ${SpanKind[kind]}`}${error}`;
}
