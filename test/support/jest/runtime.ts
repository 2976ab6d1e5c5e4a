import { createRequire } from 'node:module';
import { importSpec } from './modules.ts';

const require = createRequire(import.meta.url);
const { default: JestRuntime } = require('jest-runtime') as typeof import('jest-runtime');

/** `lib` is loaded once, so that its maps are for all spec files of the process. */
const sourceMaps = new Map<string, string>();

/** Jest's, but modules are loaded by Node: to load Nest and MikroORM into a context for each file took half of the time. */
export default class Runtime extends JestRuntime {
  private readonly arguments: ConstructorParameters<typeof JestRuntime>;

  constructor(...args: ConstructorParameters<typeof JestRuntime>) {
    const ofProcess = Object.getOwnPropertyDescriptor(process, 'getBuiltinModule')!;
    super(...args);
    // Jest replaces that of a context.
    Object.defineProperty(process, 'getBuiltinModule', ofProcess);
    this.arguments = args;
  }

  /** The test framework keeps what it knows of a file in its modules. */
  override requireInternalModule<T>(path: string): T {
    delete require.cache[path];
    return require(path) as T;
  }

  override async unstable_importModule(path: string): Promise<void> {
    const [{ rootDir }] = this.arguments;
    await importSpec(path, {
      rootDir,
      transform: (file, url) => this.transform(file, url),
      globals: () => this['jestGlobals'].cjsGlobals(path),
    });
  }

  override getSourceMaps(): Map<string, string> {
    return sourceMaps;
  }

  private transform(file: string, url: string): string {
    const [, , , transformer, , coverage] = this.arguments;
    const { code, sourceMapPath } = transformer.transform(file, {
      ...coverage,
      isInternalModule: false,
      supportsDynamicImport: true,
      supportsExportNamespaceFrom: true,
      supportsStaticESM: true,
      supportsTopLevelAwait: true,
    });
    if (sourceMapPath !== null) sourceMaps.set(url, sourceMapPath);
    return code;
  }
}
