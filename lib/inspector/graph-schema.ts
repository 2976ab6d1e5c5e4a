const TEXT = { type: 'string' } as const;
const TEXTS = { type: 'array', items: TEXT } as const;

function object(properties: Readonly<Record<string, object>>, optional: readonly string[] = []) {
  const required = Object.keys(properties).filter(name => !optional.includes(name));
  return { type: 'object', properties, required } as const;
}

const SENDER = object({ class: TEXT, module: TEXT, source: TEXT }, ['source']);

const OPTION = { anyOf: [TEXT, { type: 'number' }, { type: 'boolean' }, TEXTS] } as const;

const RECEIVER = object(
  {
    uid: TEXT,
    method: TEXT,
    module: TEXT,
    source: TEXT,
    where: TEXT,
    senders: TEXTS,
    includeSubclasses: { type: 'boolean' },
    delivery: TEXT,
    options: { type: 'object', additionalProperties: OPTION },
  },
  ['method', 'module', 'source'],
);

const SIGNAL = object(
  {
    name: TEXT,
    class: TEXT,
    source: TEXT,
    sentByRoom: TEXT,
    modules: TEXTS,
    payloadVersion: { type: 'integer' },
    payload: { type: 'object' },
    extendedBy: TEXTS,
    sentBy: { type: 'array', items: SENDER },
    receivers: { type: 'array', items: RECEIVER },
    neverSent: TEXT,
  },
  ['source', 'sentByRoom', 'payload', 'neverSent'],
);

/** The JSON Schema of `SignalGraph`, for programs that read what `nestjs-signals list --format json` has written. */
export const SIGNAL_GRAPH_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'SignalGraph',
  ...object({
    version: { const: 1 },
    preview: { type: 'boolean' },
    signals: { type: 'array', items: SIGNAL },
  }),
} as const;
