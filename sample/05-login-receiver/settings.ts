// #region options
import { Injectable, Module } from '@nestjs/common';
import { SignalsModule } from 'nestjs-signals';

@Injectable()
export class Settings {
  /** Fields of a login that no log may show, besides passwords and tokens. */
  readonly secretFields = (process.env.SECRET_FIELDS ?? 'pin').split(',');
}

@Module({ providers: [Settings], exports: [Settings] })
export class SettingsModule {}

export const signals = SignalsModule.forRootAsync({
  imports: [SettingsModule],
  inject: [Settings],
  useFactory: ({ secretFields }: Settings) => ({ passport: { sensitive: secretFields } }),
});
// #endregion
