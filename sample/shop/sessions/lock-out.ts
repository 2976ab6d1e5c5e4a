import { EntityManager, LockMode } from '@mikro-orm/postgresql';
import { HttpException, HttpStatus, Injectable } from '@nestjs/common';
import { type Message, OnSignal, type PayloadOf, UserLoggedIn, UserLoginFailed } from 'nestjs-signals';
import { Customer } from '../customers/customer.entity.js';
import { CustomersService } from '../customers/customers.service.js';
import { note } from '../journal.js';
import { LoginHistory } from './login-history.js';

// #region locked
const MOST_FAILURES = 5;
const LOCKED_MS = 15 * 60_000;

/** The answer instead of a 401, and instead of a login with the right password. */
class AccountLocked extends HttpException {
  constructor() {
    super(`Too many failed logins. Try again in ${LOCKED_MS / 60_000} minutes.`, HttpStatus.LOCKED);
  }
}

function isLocked({ lockedUntil }: Customer): boolean {
  return lockedUntil != null && lockedUntil > new Date();
}
// #endregion

/** Locks an account after five failed logins in a row: a receiver of an auth signal may refuse a login. */
@Injectable()
export class LockOut {
  constructor(
    private readonly em: EntityManager,
    private readonly customers: CustomersService,
    private readonly history: LoginHistory,
  ) {}

  // #region count
  @OnSignal(UserLoginFailed, { after: 'LoginHistory.failed' })
  async count({ credentials }: PayloadOf<UserLoginFailed>, message: Message): Promise<void> {
    const known = await this.customers.findByEmail(credentials.email);
    if (!known) return;
    const customer = await this.countFailure(known.id);
    if (isLocked(customer)) note(message, `Customer #${customer.id}`, 'the account is locked');
    else note(message, `Customer #${customer.id}`, `failure ${customer.failedLogins} of ${MOST_FAILURES}`);
    if (isLocked(customer)) throw new AccountLocked();
  }
  // #endregion

  // #region admit
  @OnSignal(UserLoggedIn, { sender: Customer, before: 'LoginHistory.loggedIn' })
  async admit({ user, request }: PayloadOf<UserLoggedIn, Customer>, message: Message): Promise<void> {
    if (isLocked(user)) {
      await this.history.write(user, 'locked out', request, message);
      throw new AccountLocked();
    }
    user.failedLogins = 0;
    user.lockedUntil = null;
    await this.em.flush();
  }
  // #endregion

  // #region count-failure
  /** One guess after another, however many arrive at once. */
  private countFailure(id: number): Promise<Customer> {
    return this.em.transactional(async em => {
      const customer = await em.findOneOrFail(Customer, id, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (isLocked(customer)) return customer;
      customer.failedLogins += 1;
      if (customer.failedLogins >= MOST_FAILURES) {
        customer.failedLogins = 0;
        customer.lockedUntil = new Date(Date.now() + LOCKED_MS);
      }
      return customer;
    });
  }
  // #endregion
}
