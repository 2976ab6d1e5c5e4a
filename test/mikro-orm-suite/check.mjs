import { startEmbeddedPostgres } from '../../sample/shop/database/embedded-postgres.ts';
import { pack } from '../package/tarball.ts';
import { KNOWN_FAILURES } from './known.ts';
import { ScratchProject } from './scratch-project.ts';

// Runs MikroORM's own tests with a Nest application attached to every MikroORM that they make, and bare those that fail.
// Prints those that fail with it alone. Usage: check.mjs CHECKOUT [part of a file's name ...]

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
    const attached = await project.run(portion, true, server.url);
    // Bare are run only those that may fail attached alone, and attached once more: some depend on time, or on neighbours.
    const again = portion.filter(file => isSuspect(file, attached));
    const confirmed = again.length
      ? failing(await project.run(again, false, server.url), await project.run(again, true, server.url))
      : [];
    failures.push(...confirmed);
    for (const test of confirmed) console.log(`${isKnown(test) ? 'known' : 'FAILS'}: ${test}`);
    count += [...attached.values()].filter(outcome => outcome === 'passed').length;
    console.log(
      `${start + portion.length} of ${files.length} files, ${count} tests pass attached, ${failures.length} fail attached alone`,
    );
  }
} finally {
  await server.stop();
  await project.remove();
}

if (count === 0) throw new Error(`No test of ${checkout} passes.`);
if (!failures.every(isKnown)) process.exitCode = 1;

/** Whether a test of a file failed, or none is known: the file may have failed as a whole. */
function isSuspect(file, outcomes) {
  const own = [...outcomes].filter(([test]) => test === file || test.startsWith(`${file} `));
  return own.length === 0 || own.some(([, outcome]) => outcome !== 'passed');
}

function failing(bare, attached) {
  const hung = [...attached].filter(([file, it]) => it === 'hung' && bare.get(file) !== it).map(([file]) => file);
  const lost = [...bare].filter(([test, outcome]) => outcome === 'passed' && attached.get(test) !== 'passed');
  return [...hung.map(file => `${file} (never ends)`), ...lost.map(([test]) => test)];
}
