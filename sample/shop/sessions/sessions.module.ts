import { randomBytes } from 'node:crypto';
import { type MiddlewareConsumer, Module, type NestModule } from '@nestjs/common';
import session from 'express-session';
import passport from 'passport';
import { CustomersModule } from '../customers/customers.module.js';
import { LocalStrategy } from './local.strategy.js';
import { LockOut } from './lock-out.js';
import { LoginHistory } from './login-history.js';
import { SessionSerializer } from './session-serializer.js';
import { SessionsController } from './sessions.controller.js';

/** Sessions are kept in memory: they end with the shop, and so does the secret that their cookies are signed with. */
@Module({
  imports: [CustomersModule],
  controllers: [SessionsController],
  providers: [LocalStrategy, SessionSerializer, LoginHistory, LockOut],
})
export class SessionsModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    const sessions = session({
      name: 'shop',
      secret: randomBytes(32).toString('hex'),
      resave: false,
      saveUninitialized: false,
      cookie: { httpOnly: true, sameSite: 'lax' },
    });
    consumer.apply(sessions, passport.session()).forRoutes('{*path}');
  }
}
