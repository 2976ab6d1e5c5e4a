import { joined, type Sources } from '../source/index.js';

interface Project {
  readonly sourceRoot?: string;
  readonly entryFile?: string;
}

/** The part of nest-cli.json that is read. */
interface Workspace extends Project {
  readonly projects?: Readonly<Record<string, Project>>;
}

/** The projects of nest-cli.json, which may not be there, and the whole workspace at the end. */
export function projectsOf(sources: Sources): { sourceRoot: string; entryFile: string }[] {
  const { projects = {}, ...whole } =
    sources.json<Workspace>('nest-cli.json') ?? sources.json<Workspace>('nest.json') ?? {};
  return [...Object.values(projects), whole].map(({ sourceRoot, entryFile }) => ({
    sourceRoot: joined(sourceRoot ?? 'src'),
    entryFile: entryFile ?? 'main',
  }));
}
