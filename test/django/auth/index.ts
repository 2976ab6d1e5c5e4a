import type { Request } from 'express';
import { AuthSignals, PostSave, PreSave, UserLoggedIn, UserLoginFailed } from 'nestjs-signals';
import { adapt, differ, leavingOut, type Mapping, match } from '../mapping.js';
import { ValueError } from '../recorder.js';
import { ANN, User } from './accounts.js';
import { keyIn, openSite } from './site.js';

export const AUTH: Mapping = {
  'auth.client_login_and_logout': adapt(
    'a login sends a signal, and a receiver of it saves the user with the time, as the one that Django has',
    { because: 'there are no fixtures: `raw` has no counterpart', steps: leavingOut('raw') },
    async record => {
      await using site = await openSite(record, { lastLogin: true });
      for (const signal of [PreSave, PostSave]) record.listenTo(site.app.get(signal));

      const { ok } = await site.browser.post('/login', ANN);
      record.line('-- logout');
      await site.browser.post('/logout');

      return { login_returned: ok };
    },
  ),

  'auth.login_state_inside_the_receiver': match(
    'inside UserLoggedIn the request and its session have the user',
    async record => {
      await using site = await openSite(record);
      let facts = {};
      site.app.get(UserLoggedIn).connect(({ request, user }, { sender }) => {
        const has = request as Request;
        facts = { request_user: has.user === user, session_user: keyIn(has), sender: (sender as typeof User).name };
      });

      await site.browser.post('/login', ANN);

      return facts;
    },
    {
      because: 'a receiver takes what it wants: no argument has to be accepted',
      facts: ({ request_user, session_user, sender }) => ({ request_user, session_user, sender }),
    },
  ),

  'auth.logout_anonymous': match('a logout without a user is sent, with null for the user', async record => {
    await using site = await openSite(record);

    await site.browser.post('/logout');
    record.line('-- no user attribute');
    await site.app.get(AuthSignals).loggedOut({});
  }),

  'auth.success_sends_nothing_by_itself': match(
    'a guard that lets a user in sends nothing until the route has succeeded',
    async record => {
      await using site = await openSite(record);

      const response = await site.browser.post('/authenticate', ANN);

      return { user: ((await response.json()) as { message: string }).message };
    },
    { because: 'strategies are no backends', facts: ({ user }) => ({ user }) },
  ),

  'auth.inactive_user': match('who is not active any more fails to log in', async record => {
    await using site = await openSite(record);
    await site.em().nativeUpdate(User, {}, { isActive: false });

    await site.browser.post('/login', ANN);

    return (await (await site.browser.get('/whoami')).json()) as { user: null };
  }),

  'auth.receiver_error_breaks_login': differ(
    'LOGINS_ARE_REFUSED',
    'the error of a receiver of UserLoggedIn refuses the login',
    { raised: 'ValueError: mail server down', session_has_user: false },
    async record => {
      await using site = await openSite(record);
      site.app.get(UserLoggedIn).connect(() => {
        throw new ValueError('mail server down');
      });

      const response = await site.browser.post('/force-login');

      return (await response.json()) as { raised: string; session_has_user: boolean };
    },
  ),

  'auth.sender_string_does_not_match_a_literal': adapt(
    'the sender of UserLoginFailed is the class AuthSignals, and no text',
    {
      because:
        'a class is the same wherever it is imported from; of a receiver with a name only the call is written down',
      steps: leavingOut('credentials'),
    },
    async record => {
      await using site = await openSite(record, { signals: [] });
      const failed = site.app.get(UserLoginFailed);
      failed.connect(record.receiver('same_object'), { sender: AuthSignals });
      // @ts-expect-error -- a text is no sender
      failed.connect(record.receiver('literal'), { sender: 'django.contrib.auth' });

      await site.browser.post('/login', { username: 'x', password: 'x' });
    },
  ),

  'auth.force_login': match(
    'a login without credentials is one, and a session whose user is gone ends without a word',
    async record => {
      await using site = await openSite(record);

      await site.browser.post('/force-login');
      record.line('-- request after the user is gone');
      await site.em().nativeDelete(User, {});
      const { status } = await site.browser.get('/whoami');

      return { status };
    },
  ),
};
