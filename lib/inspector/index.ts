export type { InspectedApplication } from './application.js';
export { graphOf } from './graph-of.js';
export { SIGNAL_GRAPH_SCHEMA } from './graph-schema.js';
export { SignalsInspectorModule } from './inspector.module.js';
export type { PageGuard, SignalsInspectorOptions } from './inspector-options.js';
export type { GraphReceiver, GraphSender, GraphSignal, OptionValue, SignalGraph } from './signal-graph.js';
export { type Verdict, verdictsOf } from './verdicts.js';
