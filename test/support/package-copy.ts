import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

type Package = typeof import('nestjs-signals');

/** A second copy of the package, as npm installs one for a library that does not share the application's. */
export class PackageCopy implements AsyncDisposable {
  private constructor(
    readonly directory: string,
    readonly exports: Package,
  ) {}

  static async load(): Promise<PackageCopy> {
    const directory = await mkdtemp(join(tmpdir(), 'nestjs-signals-copy-'));
    await cp('lib', join(directory, 'lib'), { recursive: true });
    // Everything else is shared, Nest included.
    await symlink(resolve('node_modules'), join(directory, 'node_modules'));
    return new PackageCopy(directory, (await import(join(directory, 'lib', 'index.ts'))) as Package);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}
