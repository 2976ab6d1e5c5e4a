import { join } from 'node:path';
import ts from 'typescript';
import { DOORS, REPOSITORY } from './repository.js';

/** The exports of each door. A change of a list changes the contract: see DECISIONS.md. */
const NAMES: Readonly<Record<string, { values: readonly string[]; types: readonly string[] }>> = {
  'nestjs-signals': {
    values: [
      'AuthSignals',
      'ConnectionCreated',
      'EntityPrepared',
      'GotRequestException',
      'LoginRoute',
      'M2mChanged',
      'OnSignal',
      'PermanentFailure',
      'PostBulkWrite',
      'PostDelete',
      'PostInit',
      'PostLoad',
      'PostMigrate',
      'PostSave',
      'PostUpsert',
      'PreBulkWrite',
      'PreDelete',
      'PreMigrate',
      'PreSave',
      'PreUpsert',
      'ReceiverFailed',
      'RequestFinished',
      'RequestStarted',
      'Signal',
      'SignalError',
      'SignalRegistry',
      'SignalsModule',
      'TaskEnqueued',
      'TaskFinished',
      'TaskStarted',
      'UserLoggedIn',
      'UserLoggedOut',
      'UserLoginFailed',
      'afterCommit',
      'afterRollback',
      'beforeCommit',
      'durable',
      'inline',
      'payloadIs',
      'through',
      'withBulkSignals',
    ],
    types: [
      'AfterCommit',
      'AfterCommitOptions',
      'BulkOperation',
      'BulkPayload',
      'Change',
      'Changes',
      'ConnectOptions',
      'Connection',
      'ConnectionCreatedPayload',
      'DeletePayload',
      'Delivery',
      'DurableBackend',
      'DurableDelivery',
      'DurableOptions',
      'EntityPreparedPayload',
      'Explanation',
      'LoginFailedPayload',
      'LoginPayload',
      'LoginRouteOptions',
      'LogoutPayload',
      'M2mAction',
      'M2mPayload',
      'Message',
      'MigratePayload',
      'MikroOrmOptions',
      'PassportOptions',
      'PayloadOf',
      'ReceiverFailedPayload',
      'ReceiverInfo',
      'RequestExceptionPayload',
      'RequestFinishedPayload',
      'RequestPayload',
      'SavePayload',
      'SendOptions',
      'SignalContext',
      'SignalErrorCode',
      'SignalResponse',
      'SignalsModuleAsyncOptions',
      'SignalsModuleOptions',
      'TaskPayload',
      'Telemetry',
      'Through',
      'ThroughEnds',
      'UpsertPayload',
      'UpsertedPayload',
    ],
  },
  'nestjs-signals/opentelemetry': {
    values: ['openTelemetry'],
    types: ['OpenTelemetryOptions', 'TelemetryMessage'],
  },
  'nestjs-signals/pg-boss': {
    values: ['DurableSignals', 'SIGNALS_SCHEMA', 'connectDurableSignals', 'pgBoss'],
    types: [
      'DeadMessage',
      'DurableConnection',
      'DurableCounts',
      'DurableHealth',
      'DurableLimits',
      'FailedAttempt',
      'MessageFilter',
      'Open',
      'PgBossOptions',
      'Seal',
      'Sealed',
      'ShownError',
    ],
  },
  'nestjs-signals/inspector': {
    values: ['SIGNAL_GRAPH_SCHEMA', 'SignalsInspectorModule', 'graphOf', 'verdictsOf'],
    types: [
      'GraphReceiver',
      'GraphSender',
      'GraphSignal',
      'InspectedApplication',
      'OptionValue',
      'PageGuard',
      'SignalGraph',
      'SignalsInspectorOptions',
      'Verdict',
    ],
  },
  'nestjs-signals/rows': {
    values: ['RowChanged', 'RowSignals', 'rowSignals', 'rowTriggers', 'rowsRoom'],
    types: ['RowChangedPayload', 'RowChanges', 'RowSignalsOptions', 'RowTriggersOptions', 'RowValues'],
  },
  'nestjs-signals/testing': {
    values: [
      'captureAfterCommit',
      'expectNotSent',
      'expectReceiver',
      'expectSent',
      'fakeReceiver',
      'inProcess',
      'messageOf',
      'muteSignals',
      'onlyReceivers',
      'payloadOf',
      'recordSignals',
      'settled',
      'signalMatchers',
    ],
    types: [
      'CapturedCall',
      'CapturedCalls',
      'ExpectedPayload',
      'MatcherResult',
      'ReceiverExpectation',
      'SentOf',
      'SentSignal',
      'SettledOptions',
      'SignalMatchers',
      'SignalRecording',
      'Temporary',
      'TestedApplication',
      'Wiring',
    ],
  },
};

const tsconfig = ts.getParsedCommandLineOfConfigFile(join(REPOSITORY, 'tsconfig.json'), undefined, {
  ...ts.sys,
  onUnRecoverableConfigFileDiagnostic: diagnostic => {
    throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'));
  },
});
const options: ts.CompilerOptions = { ...tsconfig?.options, types: [], noLib: true };
const host = ts.createCompilerHost(options);
// What packages export is not asked for: to read them takes seconds.
host.resolveModuleNameLiterals = (names, file) =>
  names.map(({ text }) =>
    text.startsWith('.') ? ts.resolveModuleName(text, file, options, host) : { resolvedModule: undefined },
  );
const program = ts.createProgram(
  [...DOORS.values()].map(path => join(REPOSITORY, path)),
  options,
  host,
);

it('The doors of the package are those that package.json exports', () => {
  expect([...DOORS.keys()]).toEqual(Object.keys(NAMES));
});

describe.each([...DOORS])('The door %s', (door, path) => {
  const names = NAMES[door];

  it('gives exactly these values', async () => {
    expect(await valuesOf(path)).toEqual(names?.values);
  });

  it('gives exactly these types', async () => {
    const values = await valuesOf(path);
    expect(namesOf(path).filter(name => !values.includes(name))).toEqual(names?.types);
  });
});

async function valuesOf(path: string): Promise<string[]> {
  return Object.keys((await import(join(REPOSITORY, path))) as object).sort();
}

function namesOf(path: string): string[] {
  const source = program.getSourceFile(join(REPOSITORY, path));
  const symbol = source && program.getTypeChecker().getSymbolAtLocation(source);
  return symbol
    ? program
        .getTypeChecker()
        .getExportsOfModule(symbol)
        .map(({ name }) => name)
        .sort()
    : [];
}
