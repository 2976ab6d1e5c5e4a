import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import '../sample/fixtures/typescript.mjs';

// Parses what `nestjs-signals list` writes with the parsers of Mermaid and of AsyncAPI themselves, odd names included.

const { command } = await import('../cli/terminal.ts');
const { Consumer } = await import('./consumer.ts');

const PARSERS = ['mermaid@12.3.0', 'jsdom@31.0.1', '@asyncapi/parser@3.6.6'];
const ODD = 'test/cli/fixtures/odd-names.ts';
const ENTRIES = ['test/inspector/fixtures/kinds.ts', 'test/cli/fixtures/one-name.ts', 'sample/shop/signals.ts', ODD];

async function listed(entry, format) {
  const { code, out, errors } = await command(['list', entry, '--format', format]);
  assert.equal(code, 0, errors);
  return out;
}

/** Returns the labels, channels and operations that the documents must contain, according to the graph. */
function expectedOf({ signals }) {
  const receivers = signals.flatMap(signal => signal.receivers);
  const senders = signals.flatMap(({ sentBy }) => sentBy.map(sender => sender.class));
  const rooms = signals.flatMap(({ sentByRoom }) => (sentByRoom ? [`nestjs-signals (${sentByRoom})`] : []));
  const once = names => [...new Set(names)];
  const labels = [
    ...signals.map(({ name }) => name),
    ...once(senders),
    ...once(rooms),
    ...once(receivers.map(({ uid }) => uid)),
  ];
  return {
    // Mermaid leaves out the space around a label.
    mermaid: { labels: inOrder(labels.map(label => label.trim())) },
    asyncapi: {
      errors: [],
      channels: inOrder(signals.map(({ name }) => name)),
      operations: inOrder([...senders.map(() => 'send'), ...receivers.map(() => 'receive')]),
    },
  };
}

const documents = [];
for (const entry of ENTRIES) {
  const expected = expectedOf(JSON.parse(await listed(entry, 'json')));
  for (const format of ['mermaid', 'asyncapi']) {
    documents.push({ entry, format, text: await listed(entry, format), expected });
  }
}
const broken = [
  { format: 'mermaid', text: (await listed(ODD, 'mermaid')).replaceAll('#34;', '"') },
  { format: 'asyncapi', text: (await listed(ODD, 'asyncapi')).replaceAll('"#/channels/', '"#/channel/') },
];

await using project = await Consumer.forced(...PARSERS);
const program = await readFile(join(import.meta.dirname, 'graph-parsers.mjs'), 'utf8');
const texts = [...documents, ...broken].map(({ format, text }) => ({ format, text }));
await project.write({ 'graph-parsers.mjs': program, 'documents.json': JSON.stringify(texts) });
const found = JSON.parse(await project.node('graph-parsers.mjs', 'documents.json'));

for (const [at, { entry, format, expected }] of documents.entries()) {
  assert.deepEqual(found[at], expected[format], `${entry} as ${format}`);
  console.log(`${entry} as ${format}: ok`);
}
for (const [at, { format }] of broken.entries()) {
  assert.match(found[documents.length + at].error ?? '', /./, `a broken document of ${format} must be refused`);
}

function inOrder(names) {
  return names.toSorted((one, other) => (one < other ? -1 : Number(one > other)));
}
