import { DatabaseServer } from './database/database-server.js';
import { JournalLogger } from './journal.js';
import { Shop } from './shop.js';
import { Story } from './story.js';
import { Steps } from './steps.js';
import { TillStory } from './till-story.js';

// Plays the stories of two customers against the shop, over HTTP, and fails if a step does not have its effect.

async function open(): Promise<Shop> {
  const shop = await Shop.open({ logger: new JournalLogger(line => console.log(`     ${line}`)) });
  console.log(`The shop is open: ${shop.url}`);
  return shop;
}

try {
  await using database = await DatabaseServer.start();
  // One server for all shops and tills of the demo.
  process.env.DATABASE_URL = database.url;
  const steps = new Steps();
  {
    await using shop = await open();
    await new Story(steps, shop).play();
  }
  await new TillStory(steps, open).play();
  console.log('\nAll of it came true.');
} catch (error) {
  console.error(`\nThe demo fails: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
