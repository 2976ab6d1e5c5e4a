import { startEmbeddedPostgres } from '../../sample/shop/database/embedded-postgres.ts';
import { pack } from '../package/tarball.ts';
import { KNOWN_FAILURES } from './known.ts';
import { ScratchProject } from './scratch-project.ts';

// Runs MikroORM's own tests twice: bare, and with a Nest application attached to every MikroORM that they make. Prints
// those that fail with it alone. Usage: check.mjs CHECKOUT [part of a file's name ...]

const PORTION = 80;

const isKnown = test => KNOWN_FAILURES.some(known => test.startsWith(known.test));

const [checkout, ...parts] = process.argv.slice(2);
if (!checkout) throw new Error('Usage: npm run check:mikro-orm -- CHECKOUT [part of a file name ...]');

const project = await ScratchProject.of(checkout, await pack());
const files = (await project.testFiles()).filter(file => !parts.length || parts.some(part => file.includes(part)));
const server = await startEmbeddedPostgres();
const failures = [];
let count = 0;
try {
  for (let start = 0; start < files.length; start += PORTION) {
    const portion = files.slice(start, start + PORTION);
    const bare = await project.run(portion, false, server.url);
    const attached = await project.run(portion, true, server.url);
    const suspects = failing(bare, attached);
    // Once more, for some depend on time, or on their neighbours.
    const again = [...new Set(suspects.map(test => test.split(' ')[0]))];
    const confirmed = again.length
      ? failing(await project.run(again, false, server.url), await project.run(again, true, server.url))
      : [];
    const lost = confirmed.filter(test => suspects.includes(test));
    failures.push(...lost);
    for (const test of lost) console.log(`${isKnown(test) ? 'known' : 'FAILS'}: ${test}`);
    count += [...bare.values()].filter(outcome => outcome === 'passed').length;
    console.log(
      `${start + portion.length} of ${files.length} files, ${count} tests pass bare, ${failures.length} fail attached`,
    );
  }
} finally {
  await server.stop();
  await project.remove();
}

if (count === 0) throw new Error(`No test of ${checkout} passes bare.`);
if (!failures.every(isKnown)) process.exitCode = 1;

function failing(bare, attached) {
  const hung = [...attached].filter(([, outcome]) => outcome === 'hung').map(([file]) => file);
  const lost = [...bare].filter(([test, outcome]) => outcome === 'passed' && attached.get(test) !== 'passed');
  return [...hung.map(file => `${file} (never ends)`), ...lost.map(([test]) => test)];
}
