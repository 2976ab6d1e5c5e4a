import type { SampleProcess } from '../sample/fixtures/sample-process.js';

/** A span of another process, as it prints them. */
export interface ShownSpan {
  readonly name: string;
  readonly id: string;
  readonly trace: string;
  readonly parent?: string;
  readonly attempt?: number;
}

/** Asks a worker to end, and returns its spans. */
export async function shownSpansOf(worker: SampleProcess): Promise<ShownSpan[]> {
  worker.kill('SIGTERM');
  return JSON.parse(await worker.says(/spans (.*)\n/)) as ShownSpan[];
}
