import { MikroORM } from '@mikro-orm/core';
import { defineEntity, p, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Injectable, UnauthorizedException } from '@nestjs/common';
import { PassportSerializer, PassportStrategy } from '@nestjs/passport';
import { callbackify } from 'node:util';
import { Strategy } from 'passport-local';
import { OnSignal, type PayloadOf, UserLoggedIn } from 'nestjs-signals';

const UserSchema = defineEntity({
  name: 'User',
  properties: {
    id: p.integer().primary(),
    username: p.string(),
    password: p.string(),
    isActive: p.boolean().default(true),
    last_login: p.datetime().nullable(),
  },
});

/** A user whose `last_login` has the name that it has in Django: `updateFields` holds names of properties. */
export class User extends UserSchema.class {}
UserSchema.setClass(User);

export const ANN = { username: 'ann', password: 'correct horse' };

export function accountsOn(clientUrl: string) {
  return MikroOrmModule.forRoot({ driver: PostgreSqlDriver, clientUrl, entities: [UserSchema] });
}

/** The counterpart of Django's own receiver of `user_logged_in`: it updates `last_login`. */
@Injectable()
export class LastLogin {
  constructor(private readonly orm: MikroORM) {}

  @OnSignal(UserLoggedIn, { sender: User })
  async update({ user }: PayloadOf<UserLoggedIn, User>): Promise<void> {
    user.last_login = new Date();
    await this.orm.em.flush();
  }
}

@Injectable()
export class LocalStrategy extends PassportStrategy(Strategy) {
  constructor(private readonly orm: MikroORM) {
    super();
  }

  async validate(username: string, password: string): Promise<User> {
    const user = await this.orm.em.findOne(User, { username });
    if (user?.password !== password || !user.isActive) throw new UnauthorizedException();
    return user;
  }
}

/** A session holds the key of its user, and ends when the user is gone. */
@Injectable()
export class SessionSerializer extends PassportSerializer {
  constructor(private readonly orm: MikroORM) {
    super();
  }

  override serializeUser({ id }: User, done: (error: unknown, key: string) => void): void {
    done(null, String(id));
  }

  override deserializeUser(key: string, done: (error: unknown, user?: User | false) => void): void {
    callbackify(async () => (await this.orm.em.findOne(User, Number(key))) ?? false)(done);
  }
}
