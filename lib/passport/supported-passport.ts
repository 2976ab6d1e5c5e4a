import { notSupported } from '../core/index.js';
import { foreign } from '../nest/index.js';

/**
 * Refuses the Passport that a strategy is registered with if it is older than 0.6, whose logins and logouts take other
 * arguments and leave the session as it is. Passport has no version that could be asked for.
 *
 * @param passport - what `getPassportInstance()` of a strategy gives; that of other packages is left alone.
 * @throws {SignalError} `PEER_NOT_SUPPORTED`
 */
export function checkPassport(passport: unknown): void {
  if (!Array.isArray(foreign.valueOf(passport, '_serializers'))) return;
  const sessions = foreign.valueOf(passport, '_sm');
  const logIn = foreign.valueOf(sessions, 'logIn') as Function | undefined;
  // Passport 0.3 has no session manager, and an application may have put one of its own there.
  const itsClass = foreign.valueOf(sessions, 'constructor') as Function | undefined;
  const isOwn = sessions !== undefined && itsClass?.name !== 'SessionManager';
  if (isOwn || (logIn && logIn.length >= 4)) return;
  throw notSupported(
    { name: 'passport', needs: '^0.6.0 || ^0.7.0', at: 'SignalsModule.forRoot({ passport })' },
    '0.5 or older',
  );
}
