import { checkOptions } from '../core/index.js';
import { forRootOptions, type Room } from '../nest/index.js';
import { AuthSignals } from './auth-signals.js';
import { AUTH_SIGNALS, PassportLink } from './passport-link.js';
import { PASSPORT_OPTIONS, type PassportOptions } from './passport-options.js';

/** Logins and logouts. Passport is neither needed nor imported: it is known by its calls on requests. */
export const passportRoom: Room = {
  name: 'passport',
  signals: AUTH_SIGNALS,
  providers: [AuthSignals],
  needs: '`SignalsModule.forRoot({ passport: false })`',

  async link(application) {
    const { passport = {} } = application.options as { passport?: false | PassportOptions };
    if (passport === false) return undefined;
    checkOptions(forRootOptions('passport'), passport, PASSPORT_OPTIONS);
    return new PassportLink(application, passport);
  },
};
