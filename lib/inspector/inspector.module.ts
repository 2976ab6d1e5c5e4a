import { type DynamicModule, Module } from '@nestjs/common';
import { INSPECTOR_SETTINGS, settingsOf, type SignalsInspectorOptions } from './inspector-options.js';
import { LivePage } from './live-page.js';
import { pageControllerAt } from './page.controller.js';

/**
 * A page inside the application that shows who receives what, and the sends, durable messages and errors as they happen.
 *
 * Guards and interceptors of the application apply to it, and so do its global prefix and its versions. Where `NODE_ENV` is `production` there is no page
 * unless `enabled` says so.
 */
@Module({})
export class SignalsInspectorModule {
  /**
   * Mounts the page, at `/signals` unless `path` says otherwise.
   *
   * @throws {SignalError} `UNKNOWN_OPTION`; at start `INSPECTOR_UNGUARDED` if there is a page in production and no `guard`,
   * `MODULE_NOT_IMPORTED` without `SignalsModule.forRoot()`.
   */
  static forRoot(options: SignalsInspectorOptions = {}): DynamicModule {
    const settings = settingsOf(options);
    return {
      module: SignalsInspectorModule,
      controllers: settings.isOn ? [pageControllerAt(settings.path)] : [],
      providers: [{ provide: INSPECTOR_SETTINGS, useValue: settings }, LivePage],
    };
  }
}
