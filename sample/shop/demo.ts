import { JournalLogger } from './journal.js';
import { Shop } from './shop.js';
import { Story } from './story.js';

// Plays one customer's story against the shop, over HTTP, and fails when anything is not as it is told.

try {
  await using shop = await Shop.open({ logger: new JournalLogger(line => console.log(`     ${line}`)) });
  console.log(`The shop is open: ${shop.url}`);
  await new Story(shop).play();
  console.log('\nAll of it came true.');
} catch (error) {
  console.error(`\nThe demo fails: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
