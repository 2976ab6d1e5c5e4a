import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command.ts';

export const REPOSITORY = join(import.meta.dirname, '..', '..');

const PACKED = join(REPOSITORY, '.pack');

/**
 * Builds the package and packs it as `npm publish` would.
 *
 * @returns the path of the tarball.
 */
export async function pack(): Promise<string> {
  await rm(PACKED, { recursive: true, force: true });
  await mkdir(PACKED);
  await run('npm', ['pack', '--silent', '--pack-destination', PACKED], REPOSITORY);
  const [tarball] = await readdir(PACKED);
  if (tarball === undefined) throw new Error(`npm pack left nothing in ${PACKED}.`);
  return join(PACKED, tarball);
}

/** The files of a tarball in a directory of the system's temporary one, until they are disposed of. */
export class UnpackedTarball implements AsyncDisposable {
  readonly directory: string;
  /** Relative to the directory, in order. */
  readonly files: readonly string[];

  private constructor(directory: string, files: readonly string[]) {
    this.directory = directory;
    this.files = files;
  }

  static async open(tarball: string): Promise<UnpackedTarball> {
    const directory = await mkdtemp(join(tmpdir(), 'nestjs-signals-tarball-'));
    await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', directory], REPOSITORY);
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    const files = entries.filter(entry => !entry.isDirectory()).map(entry => join(entry.parentPath, entry.name));
    return new UnpackedTarball(directory, files.map(file => file.slice(directory.length + 1)).sort());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true });
  }
}
