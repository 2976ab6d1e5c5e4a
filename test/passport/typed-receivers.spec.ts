import { Injectable } from '@nestjs/common';
import { AuthSignals, OnSignal, type PayloadOf, UserLoggedIn, UserLoggedOut, UserLoginFailed } from 'nestjs-signals';
import { startApp } from '../support/app.js';
import { ANN, BOB, User } from './people.js';

class Admin extends User {}

@Injectable()
class Greetings {
  readonly greeted: string[] = [];

  @OnSignal(UserLoggedIn, { sender: User })
  greet({ user }: PayloadOf<UserLoggedIn, User>) {
    this.greeted.push(`welcome, ${user.name}`);
  }

  @OnSignal(UserLoggedIn, { sender: [User, Admin] })
  count({ user, request }: { user: User; request: { headers: object } }) {
    this.greeted.push(`${user.name}, ${Object.keys(request.headers).length}`);
  }

  @OnSignal(UserLoggedOut, { sender: User })
  see({ user: { name } }: PayloadOf<UserLoggedOut, typeof User>) {
    this.greeted.push(`see you, ${name}`);
  }

  @OnSignal(UserLoggedOut)
  close({ user }: PayloadOf<UserLoggedOut>) {
    this.greeted.push(user === null ? 'no user left' : 'a user left');
  }

  @OnSignal(UserLoginFailed, { sender: AuthSignals })
  warn({ credentials, strategy = 'none' }: PayloadOf<UserLoginFailed>) {
    this.greeted.push(`not ${String(credentials.username)} by ${strategy}`);
  }

  // @ts-expect-error -- which user it is, only a sender says
  @OnSignal(UserLoggedIn)
  unsure(payload: { user: User }) {
    return payload;
  }
}

describe('A receiver of an auth signal', () => {
  it('gets the user of the class that it asks for', async () => {
    await using app = await startApp({ providers: [Greetings] });
    const auth = app.get(AuthSignals);

    await auth.loggedIn({ headers: { host: 'shop' } }, ANN);
    await auth.loggedIn({ headers: {} }, new Admin('eve'));
    await auth.loggedOut({}, BOB);
    await auth.loggedOut({});
    await auth.loginFailed({ username: 'ann' });

    expect(app.get(Greetings).greeted).toEqual([
      'welcome, ann',
      'ann, 1',
      'eve, 0',
      'see you, bob',
      'a user left',
      'no user left',
      'not ann by none',
    ]);
  });
});
