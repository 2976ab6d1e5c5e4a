import { startShop } from './shop.ts';

const [, , url] = process.argv as [string, string, string];

// A database that is just starting again refuses connections; what looks after the workers starts them again.
await startShop(url, true);
process.send?.('ready');
