import { startShop } from './shop.ts';

const [, , url] = process.argv as [string, string, string];

// A database that is just starting again refuses who comes too early; whoever looks after workers starts them again.
await startShop(url, true);
process.send?.('ready');
