import { readFile } from 'node:fs/promises';
import { Parser } from '@asyncapi/parser';
import { JSDOM } from 'jsdom';

// Runs in a project that has the parsers installed: prints what they find in the documents of a file.

// Mermaid looks for a browser when it is loaded.
const { window } = new JSDOM('');
Object.assign(globalThis, { window, document: window.document });
const { default: mermaid } = await import('mermaid');
mermaid.initialize({ startOnLoad: false });

/** Mermaid keeps codes such as `#34;` in a form of its own until it draws. */
const drawn = text =>
  text.replace(/ﬂ°°?([^¶]+)¶ß/g, (_, code) => (/^\d+$/.test(code) ? String.fromCharCode(code) : code));

async function inMermaid(text) {
  const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
  return { labels: inOrder([...db.getVertices().values()].map(node => drawn(node.text))) };
}

async function inAsyncApi(text) {
  const { document, diagnostics } = await new Parser().parse(text);
  const errors = diagnostics.filter(({ severity }) => severity === 0);
  if (!document) throw new Error(JSON.stringify(errors.map(({ message, path }) => `${message} ${path.join('.')}`)));
  const [channels, operations] = [document.channels().all(), document.operations().all()];
  return {
    errors,
    channels: inOrder(channels.map(channel => channel.address())),
    operations: inOrder(operations.map(operation => operation.action())),
  };
}

function inOrder(names) {
  return names.toSorted((one, other) => (one < other ? -1 : Number(one > other)));
}

const parse = { mermaid: inMermaid, asyncapi: inAsyncApi };
const documents = JSON.parse(await readFile(process.argv[2], 'utf8'));
const found = [];
for (const { format, text } of documents) {
  found.push(await parse[format](text).catch(error => ({ error: String(error.message ?? error) })));
}
console.log(JSON.stringify(found));
process.exit(0);
