import { readFileSync } from 'node:fs';
import type { Inspected, InspectedApplication } from './application.js';
import { graphOf } from './graph-of.js';
import type { InspectorSettings } from './inspector-options.js';
import type { PageState, RowsState } from './page-types.js';
import type { SignalGraph } from './signal-graph.js';

/** Where functions are written takes V8 a while to say. */
const GRAPH_MS = 10_000;

/** The state of the application before anything happens. */
export class PageStates {
  private graph: { readonly at: number; readonly graph: SignalGraph } | undefined;
  private version: string | undefined;

  constructor(
    private readonly app: InspectedApplication,
    private readonly inspected: Inspected,
    private readonly settings: InspectorSettings,
  ) {}

  state(rows: RowsState | undefined): PageState {
    const { operations, payloads, record: recording, slowMs } = this.settings;
    const { currentGraph: graph, application } = this;
    const packageVersion = (this.version ??= versionOfPackage());
    return { graph, operations, payloads, recording, slowMs, rows, packageVersion, application };
  }

  private get currentGraph(): SignalGraph {
    const now = performance.now();
    if (!this.graph || now - this.graph.at > GRAPH_MS) this.graph = { at: now, graph: graphOf(this.app) };
    return this.graph.graph;
  }

  /** The module that no other one imports. */
  private get application(): string {
    const all = [...this.inspected.modules.values()];
    const imported = new Set(all.flatMap(module => [...module.imports]));
    return all.find(module => !imported.has(module) && module.imports.has(this.inspected.root))?.name ?? 'application';
  }
}

function versionOfPackage(): string {
  try {
    const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as object;
    return (manifest as { version: string }).version;
  } catch {
    // In a bundle it is not beside the code.
    return '';
  }
}
