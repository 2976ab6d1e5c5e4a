import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JournalLogger } from './journal.js';
import { endWithNpm } from './npm.js';
import { Shop } from './shop.js';

const { PORT = '0' } = process.env;

try {
  const port = Number(PORT);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`PORT is "${PORT}", which is no port.`);
  const { app, url } = await Shop.open({ port, logger: new JournalLogger(line => console.log(`  ${line}`)) });
  app.enableShutdownHooks([], { useProcessExit: true });
  endWithNpm();
  console.log(welcome(url));
} catch (error) {
  console.error(`The shop does not open: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

function welcome(url: string): string {
  const cookies = join(tmpdir(), 'shop-cookies.txt');
  const account = '"email": "ann@example.org", "password": "correct horse"';
  const order = '{ "lines": [{ "productId": 1, "quantity": 2 }] }';
  const json = `-H 'content-type: application/json'`;
  return `
The shop is open: ${url}
Its signals, live: ${url}/signals

Sign up, log in, and place an order; what signals do meanwhile is printed here:

  curl ${url}/customers ${json} -d '{ "name": "Ann", ${account.replace('ann@', 'Ann@')} }'
  curl -c ${cookies} ${url}/login ${json} -d '{ ${account} }'
  curl -b ${cookies} ${url}/orders ${json} -d '${order}'

Ctrl-C closes it.
`;
}
