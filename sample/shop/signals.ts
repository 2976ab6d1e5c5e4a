import { AppModule } from './app.module.js';

/** The root module for `npx nestjs-signals`, which looks for a default export: `AppModule` gets its imports from a method. */
// oxlint-disable-next-line import/no-default-export -- see above
export default AppModule.with({ work: false });
