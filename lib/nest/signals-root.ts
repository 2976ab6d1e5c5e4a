import { type DynamicModule, type FactoryProvider, type Provider, Inject, Logger, type Type } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import {
  type AnySignal,
  deliver,
  oldNode,
  ReceiverFailed,
  REGISTRY,
  REGISTRY_TOKEN,
  Sending,
  SentMessage,
  Signal,
  type SignalClass,
  SignalError,
  SignalRegistry,
} from '../core/index.js';
import { checkSignalList } from './signal-checks.js';
import { SIGNALS_OPTIONS } from './options.js';
import { ReceiverDiscovery } from './receiver-discovery.js';
import { listOn } from './modules.js';
import { refuseOtherPackage } from './other-package.js';
import { RequestContexts } from './requests/request-contexts.js';
import { Application, LINKS, type Room, ROOMS } from './room.js';
import { SignalsLifecycle } from './signals-lifecycle.js';
import { UnsentSignals } from './unsent-signals.js';
import { checkNest } from './supported-nest.js';

/** The factory of the options. */
type OptionsFactory = Pick<FactoryProvider<object>, 'useFactory' | 'inject'>;

// Nest links every signal that it makes to its application before anybody can hold it.
Inject(REGISTRY_TOKEN)(Signal.prototype, REGISTRY);

/** Makes the global module of one application. */
export function signalsRoot(module: Type, rooms: readonly Room[], options: OptionsFactory): DynamicModule {
  checkNest();
  // Before a start that may fail by it.
  const old = oldNode('SignalsModule.forRoot()');
  if (old) new Logger('Signals').warn(old.message);
  const signals = [ReceiverFailed, ...rooms.flatMap(room => room.signals)];
  const providers = rooms.flatMap(room => room.providers ?? []);
  return {
    module,
    global: true,
    providers: [
      { provide: SIGNALS_OPTIONS, ...options },
      { provide: ROOMS, useValue: rooms },
      ...ROOT_PROVIDERS,
      ...signals,
      ...providers,
    ],
    exports: [SignalRegistry, REGISTRY_TOKEN, ...signals, ...providers],
  };
}

/** Makes a module that provides and exports signals of the application's own. */
export function signalsFeature(module: Type, signals: readonly Type<AnySignal>[]): DynamicModule {
  checkSignalList(signals, 'SignalsModule.forFeature()');
  return { module, providers: [...signals], exports: [...signals] };
}

/** The providers of every application. */
const ROOT_PROVIDERS: readonly Provider[] = [
  { provide: ReceiverDiscovery, inject: [ModulesContainer], useFactory: oneDiscovery },
  {
    provide: SignalRegistry,
    inject: [ReceiverDiscovery],
    useFactory: ({ registry }: ReceiverDiscovery) => registry,
  },
  { provide: REGISTRY_TOKEN, useExisting: SignalRegistry },
  RequestContexts,
  Application,
  {
    provide: LINKS,
    inject: [ROOMS, Application],
    useFactory: (rooms: readonly Room[], application: Application) =>
      Promise.all(rooms.map(room => room.link(application))),
  },
  UnsentSignals,
  SignalsLifecycle,
];

function oneDiscovery(modules: ModulesContainer): ReceiverDiscovery {
  refuseOtherPackage(modules);
  const roots = [...modules.values()].filter(({ providers }) => providers.has(ReceiverDiscovery));
  if (roots.length <= 1) {
    const registry = new SignalRegistry();
    sendFailures(registry);
    return new ReceiverDiscovery(modules, registry);
  }
  const importers = [...modules.values()].filter(({ metatype }) => importsRoot(metatype)).map(({ name }) => name);
  throw new SignalError('MODULE_IMPORTED_TWICE', {
    what: 'SignalsModule.forRoot() is imported more than once; receivers of one would not receive what the other sends.',
    at: `the imports of ${importers.join(' and ')}`,
    fix: 'import SignalsModule.forRoot() in the root module only; it is global. Elsewhere use forFeature([...]).',
  });
}

/** Whether a module was written with the root among its imports: Nest itself imports a global module into every other. */
function importsRoot(module: Type): boolean {
  const written = listOn<Partial<DynamicModule>>('imports', module);
  return written.some(({ global, providers }) => global && providers?.some(isDiscovery));
}

function isDiscovery(provider: unknown): boolean {
  return (provider as { provide?: unknown }).provide === ReceiverDiscovery;
}

/** Sends `ReceiverFailed` for each failure of this application that reaches no caller. */
export function sendFailures(registry: SignalRegistry): void {
  const channel = registry.channel(ReceiverFailed);
  registry.failures.reporter = async (sending, record, error) => {
    if (sending.channel === channel || !channel.hasAudience()) return;
    const sender: SignalClass = sending.channel.signal;
    const scope = registry.unitsOfWork?.fresh(sending.tenant);
    const payload = { receiver: record.uid, message: new SentMessage(sending, record), error };
    await deliver(new Sending(channel, sender, payload, {}, scope), true);
  };
}
