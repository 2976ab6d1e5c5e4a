import type { ModuleMetadata } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { SignalsModule } from 'nestjs-signals';

/** A running Nest application with `SignalsModule.forRoot()`; closed at the end of an `await using` block. */
export async function startApp({
  imports = [],
  ...metadata
}: ModuleMetadata): Promise<TestingModule & AsyncDisposable> {
  const app = await compileApp({ imports: [SignalsModule.forRoot(), ...imports], ...metadata });
  await app.init();
  return app;
}

/** Compiles a Nest application of the given modules only, without `init()`; `await using` closes it. */
export async function compileApp(metadata: ModuleMetadata): Promise<TestingModule & AsyncDisposable> {
  const module = await Test.createTestingModule(metadata).compile();
  return Object.assign(module, { [Symbol.asyncDispose]: () => module.close() });
}
