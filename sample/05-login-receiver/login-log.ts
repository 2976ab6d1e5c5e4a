// #region login-receiver
import { Injectable } from '@nestjs/common';
import { OnSignal, type PayloadOf, UserLoggedIn, UserLoginFailed } from 'nestjs-signals';
import { User } from './user.js';

@Injectable()
export class LoginLog {
  // #region story
  @OnSignal(UserLoggedIn, { sender: User })
  loggedIn({ user, request }: PayloadOf<UserLoggedIn, User>): void {
    console.log(`${user.name} has logged in from ${request.ip}`);
  }
  // #endregion

  @OnSignal(UserLoginFailed)
  failed({ credentials }: PayloadOf<UserLoginFailed>): void {
    console.log('Login failed:', credentials);
  }
}
// #endregion
