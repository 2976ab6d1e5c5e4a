import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

type Package = typeof import('nestjs-signals');

/** Inside the project, so that the copy is compiled as the project is and shares its packages, Nest included. */
const COPIES = resolve('.pack');

/** A second copy of the package, as npm installs one for a library that does not share the application's. */
export class PackageCopy implements AsyncDisposable {
  private constructor(
    readonly directory: string,
    readonly exports: Package,
  ) {}

  static async load(): Promise<PackageCopy> {
    await mkdir(COPIES, { recursive: true });
    const directory = await mkdtemp(join(COPIES, 'copy-'));
    await cp('lib', join(directory, 'lib'), { recursive: true });
    return new PackageCopy(directory, (await import(join(directory, 'lib', 'index.ts'))) as Package);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
