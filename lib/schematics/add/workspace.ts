import { joined, type Sources } from '../source/index.js';

interface Project {
  readonly sourceRoot?: string;
  readonly entryFile?: string;
}

/** The part of nest-cli.json that is read. */
interface Workspace extends Project {
  readonly projects?: Readonly<Record<string, Project>>;
}

/** Reads nest-cli.json, which may have comments; undefined if there is none that can be read. */
export function workspaceOf({ ts, files }: Sources): Workspace {
  const text = files.read('nest-cli.json') ?? files.read('nest.json') ?? '{}';
  return (ts.parseConfigFileTextToJson('nest-cli.json', text).config ?? {}) as Workspace;
}

/** The file that starts the application whose sources are in a folder, without its extension. */
export function entryFileOf(sources: Sources, sourceRoot: string): string {
  const { projects = {}, ...whole } = workspaceOf(sources);
  const owner = [...Object.values(projects), whole].find(project => joined(project.sourceRoot ?? 'src') === sourceRoot);
  return owner?.entryFile ?? 'main';
}
