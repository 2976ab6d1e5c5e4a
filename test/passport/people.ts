import { Injectable, UnauthorizedException } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { Request } from 'express';
import passport from 'passport';
import { Strategy as Local } from 'passport-local';

export class User {
  constructor(readonly name: string) {}
}

export const ANN = new User('ann');
export const BOB = new User('bob');
/** Known to LDAP only. */
export const EVE = new User('eve');

export const PASSWORDS: Readonly<Record<string, string>> = {
  ann: 'correct horse',
  bob: 'battery staple',
  eve: 'quietly does it',
};

const PEOPLE = [ANN, BOB, EVE];

function find(name: string, password: string): User | undefined {
  return PASSWORDS[name] === password ? PEOPLE.find(user => user.name === name) : undefined;
}

/** Refuses as Nest's documentation does; `quietly` as Passport's does. */
@Injectable()
export class LocalStrategy extends PassportStrategy(Local) {
  validate(name: string, password: string): User | null {
    if (name === 'unreadable') throw new Error('the database is down');
    const user = name === EVE.name ? undefined : find(name, password);
    if (!user && password.startsWith('quietly')) return null;
    if (!user) throw new UnauthorizedException('Wrong name or password.');
    return user;
  }
}

/** Registered under another name than its own. */
@Injectable()
export class LdapStrategy extends PassportStrategy(Local, 'ldap') {
  validate(name: string, password: string): User | null {
    if (name === 'broken') throw new Error('LDAP is down');
    return find(name, password) ?? null;
  }
}

/** Says who a request is from, as passport-jwt does. */
class Bearer extends passport.Strategy {
  override name = 'jwt';

  constructor(private readonly verify: (token: string, done: (error: unknown, user?: object | null) => void) => void) {
    super();
  }

  override authenticate(request: Request): void {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) return this.fail('No token');
    this.verify(token, (error, user) => {
      if (error) this.error(error);
      else if (user) this.success(user);
      else this.fail('A bad token', 401);
    });
  }
}

/** Knows everybody, after a while; no provider of any application. */
export class Outsider extends passport.Strategy {
  override name = 'outsider';

  override authenticate(): void {
    setImmediate(() => this.success(ANN));
  }
}

@Injectable()
export class JwtStrategy extends PassportStrategy(Bearer) {
  validate(token: string): User | null {
    return PEOPLE.find(user => token === `token of ${user.name}`) ?? null;
  }
}

/** Sends the browser away first, and lets its user in when the browser comes back. */
class OAuth extends passport.Strategy {
  override name = 'oauth';

  constructor(private readonly verify: (code: string, done: (error: unknown, user?: object | null) => void) => void) {
    super();
  }

  override authenticate(request: Request): void {
    const { code, error } = request.query;
    if (typeof error === 'string') return this.fail({ message: error });
    if (typeof code !== 'string') return this.redirect('https://login.example/authorize');
    this.verify(code, (reason, user) => {
      if (reason) this.error(reason);
      else this.success(user!);
    });
  }
}

@Injectable()
export class OAuthStrategy extends PassportStrategy(OAuth) {
  validate(): User {
    return ANN;
  }
}
