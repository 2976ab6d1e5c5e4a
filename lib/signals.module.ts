import { type DynamicModule, Module, type Type } from '@nestjs/common';
import type { AnySignal } from './core/index.js';
import { type MikroOrmOptions, mikroOrmRoom } from './mikro-orm/index.js';
import { checkOptionNames, type Room, SIGNALS_OPTIONS, signalsFeature, signalsRoot } from './nest/index.js';

/** What `SignalsModule.forRoot()` may be told. */
export interface SignalsModuleOptions {
  /** `false` sends no model signals. Default: every MikroORM of the application sends them. */
  mikroOrm?: false | MikroOrmOptions;
}

const OPTION_NAMES: readonly (keyof SignalsModuleOptions)[] = ['mikroOrm'];

const ROOMS: readonly Room[] = [mikroOrmRoom];

/**
 * Signals as providers: discovers `@OnSignal` methods, hooks MikroORM and Passport, and dispatches.
 */
@Module({})
export class SignalsModule {
  static forRoot(options: SignalsModuleOptions = {}): DynamicModule {
    checkOptionNames(options, OPTION_NAMES);
    return signalsRoot(SignalsModule, ROOMS, [{ provide: SIGNALS_OPTIONS, useValue: options }]);
  }

  static forFeature(signals: readonly Type<AnySignal>[]): DynamicModule {
    return signalsFeature(SignalsModule, signals);
  }
}
