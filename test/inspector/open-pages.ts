import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

/** Reads pages in a process of their own, and prints a line when all are open. */
const READER = `
  import { get } from 'node:http';
  const [url, count] = process.argv.slice(1);
  let open = 0;
  for (let at = 0; at < Number(count); at++) get(url, response => {
    response.once('data', () => { if (++open === Number(count)) console.log('open'); });
    response.resume();
  });
`;

/**
 * Opens so many pages of an application in another process, which reads them until it is killed.
 *
 * @param url - of the application.
 */
export async function openPages(url: string, count: number): Promise<ChildProcess> {
  const script = ['--input-type=module', '-e', READER, `${url}/signals/api/events`, `${count}`];
  const reader = spawn(process.execPath, script);
  await once(reader.stdout, 'data');
  return reader;
}

/** Sends 5,000 times a second, until there were so many sends. */
export async function sendAt5000(send: (count: number) => Promise<void>, count: number): Promise<void> {
  const begun = performance.now();
  for (let sent = 0; sent < count; sent += 50) {
    await send(50);
    const ahead = begun + sent / 5 - performance.now();
    if (ahead > 0) await wait(ahead);
  }
}
