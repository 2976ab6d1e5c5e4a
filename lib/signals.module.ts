import {
  type DynamicModule,
  Inject,
  type InjectionToken,
  Module,
  type ModuleMetadata,
  type NestModule,
  Optional,
  type OptionalFactoryDependency,
  type Type,
} from '@nestjs/common';
import {
  type AnySignal,
  badOption,
  BOOLEAN,
  checkOptions,
  type OptionKinds,
  refuseOtherCopy,
  REGISTRY_TOKEN,
  SignalError,
  type SignalRegistry,
} from './core/index.js';
import { httpRoom } from './http/index.js';
import { type MikroOrmOptions, mikroOrmRoom } from './mikro-orm/index.js';
import {
  CHECKED_BY_ROOM,
  forRootOptions,
  type Room,
  ROOT_OPTIONS,
  type RootOptions,
  signalsFeature,
  SignalsLifecycle,
  signalsRoot,
  type Telemetry,
  telemetryRoom,
} from './nest/index.js';
import { type DurableBackend, durableRoom } from './durable/index.js';
import { type PassportOptions, passportRoom } from './passport/index.js';
import { rowsRoom } from './rows/index.js';

/** The options of `SignalsModule.forRoot()`. */
export interface SignalsModuleOptions extends RootOptions {
  /** `false` sends no model signals. Default: every MikroORM of the application sends them. */
  mikroOrm?: false | MikroOrmOptions;
  /**
   * `false` sends no auth signals, except when `AuthSignals` is called. Default: logins with passport-local, and
   * those that get a session, are sent.
   */
  passport?: false | PassportOptions;
  /**
   * Whether `RequestStarted`, `RequestFinished` and `GotRequestException` are sent. Default: if one of them has a
   * receiver when the application starts. Say `true` to connect receivers later.
   */
  http?: boolean;
  /** Where the messages of durable receivers are kept: `pgBoss()`, from 'nestjs-signals/pg-boss'. */
  durable?: DurableBackend;
  /** Makes spans and metrics: `openTelemetry()`, from 'nestjs-signals/opentelemetry'. */
  telemetry?: Telemetry;
}

/** Where `forRootAsync()` gets its options from. */
export interface SignalsModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  /** Makes the options, from the providers that `inject` names. */
  // oxlint-disable-next-line typescript/no-explicit-any -- as in Nest's FactoryProvider: only Nest knows what it injects
  useFactory: (...dependencies: any[]) => SignalsModuleOptions | Promise<SignalsModuleOptions>;
  /** The tokens of the arguments of `useFactory`. */
  inject?: (InjectionToken | OptionalFactoryDependency)[];
}

const OPTIONS: OptionKinds<SignalsModuleOptions> = {
  mikroOrm: CHECKED_BY_ROOM,
  passport: CHECKED_BY_ROOM,
  http: BOOLEAN,
  durable: CHECKED_BY_ROOM,
  telemetry: CHECKED_BY_ROOM,
  ...ROOT_OPTIONS,
};

const ROOMS: readonly Room[] = [mikroOrmRoom, passportRoom, httpRoom, durableRoom, rowsRoom, telemetryRoom];

/**
 * Signals as providers: finds the `@OnSignal` methods of an application, hooks its MikroORMs, its Passport
 * logins and its requests, and dispatches. Import `forRoot()` once, in the root module, after `MikroOrmModule`.
 */
@Module({})
export class SignalsModule implements NestModule {
  /**
   * @param lifecycle - nothing in the modules that `forFeature()` makes.
   * @param registry - of the application; nothing without `forRoot()`.
   */
  constructor(
    @Optional() @Inject(SignalsLifecycle) private readonly lifecycle?: SignalsLifecycle,
    @Optional() @Inject(REGISTRY_TOKEN) registry?: SignalRegistry,
  ) {
    if (!registry) throw withoutRoot();
    refuseOtherCopy(registry.constructor, 'SignalsModule', 'the imports of a module');
  }

  /**
   * Makes the module of the signals of one application, which its root module imports.
   *
   * @throws {SignalError} `UNKNOWN_OPTION`; at start `MODULE_IMPORTED_TWICE` and what `@OnSignal` lists.
   */
  static forRoot(options: SignalsModuleOptions = {}): DynamicModule {
    return signalsRoot(SignalsModule, ROOMS, { useFactory: () => checked(options) });
  }

  /** Sets the application's signals up as `forRoot` does, with options that come from other providers. */
  static forRootAsync({ imports = [], inject = [], useFactory }: SignalsModuleAsyncOptions): DynamicModule {
    if (typeof useFactory !== 'function') throw withoutFactory();
    const options = async (...dependencies: unknown[]) => checked(await useFactory(...dependencies));
    return { ...signalsRoot(SignalsModule, ROOMS, { inject, useFactory: options }), imports };
  }

  /**
   * Provides signals of the application's own, so that the importing module may inject and send them. The same
   * signal provided by several modules is one signal.
   *
   * @throws {SignalError} `NOT_A_SIGNAL`
   */
  static forFeature(signals: readonly Type<AnySignal>[]): DynamicModule {
    return signalsFeature(SignalsModule, signals);
  }

  configure(): void {
    this.lifecycle?.bindToRequests();
  }
}

function checked(options: SignalsModuleOptions): SignalsModuleOptions {
  checkOptions(forRootOptions(), options, OPTIONS);
  return options;
}

function withoutRoot(): SignalError {
  return new SignalError('MODULE_NOT_IMPORTED', {
    what: 'SignalsModule is imported, but not SignalsModule.forRoot(): nothing would be received, nor any signal injected.',
    at: 'the imports of a module',
    fix: 'import SignalsModule.forRoot() in the root module.',
  });
}

function withoutFactory(): SignalError {
  const owner = { name: 'SignalsModule.forRootAsync()', at: () => 'SignalsModule.forRootAsync({ useFactory })' };
  const why = 'it is no function that makes the options';
  return badOption(owner, 'useFactory', why, 'give { useFactory, inject, imports }.');
}
