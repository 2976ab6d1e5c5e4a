import { JournalLogger } from './journal.js';
import { Shop } from './shop.js';

// A till is a process of the shop that takes orders, and leaves their receipts to other processes. It ends with the process that opened it.

process.once('disconnect', () => process.exit());
const { url } = await Shop.open({ work: false, logger: new JournalLogger(line => console.log(`     ${line}`)) });
process.send?.(url);
