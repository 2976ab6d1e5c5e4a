import { type ArgumentsHost, Catch, HttpException, UnauthorizedException, UseFilters } from '@nestjs/common';
import {
  BaseWsExceptionFilter,
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
} from '@nestjs/websockets';
import { AuthSignals } from 'nestjs-signals';
import { ANN, PASSWORDS } from './people.js';

interface Attempt {
  readonly username: string;
  readonly password: string;
}

/** Answers an error with its status, as an application does whose clients read one. */
@Catch()
class StatusFilter extends BaseWsExceptionFilter {
  override catch(error: unknown, host: ArgumentsHost): void {
    const client = host.switchToWs().getClient<{ send(text: string): void }>();
    const status = error instanceof HttpException ? error.getStatus() : 500;
    client.send(JSON.stringify({ event: 'answer', data: { status } }));
  }
}

/** Logs in by hand. The message is the request, not the socket: a socket may try many times. */
@UseFilters(StatusFilter)
@WebSocketGateway()
export class TableGateway {
  constructor(private readonly auth: AuthSignals) {}

  @SubscribeMessage('login')
  async login(@MessageBody() data: Attempt, @ConnectedSocket() client: object) {
    const request = { url: '/socket', data, client, user: undefined as object | undefined };
    if (data.username === 'unreadable') throw new Error('the database is down');
    if (PASSWORDS[data.username] !== data.password) {
      const error = new UnauthorizedException();
      await this.auth.loginFailed(data, request, { strategy: 'socket', error });
      throw error;
    }
    request.user = ANN;
    await this.auth.loggedIn(request, ANN, { strategy: 'socket' });
    return { event: 'answer', data: { status: 201 } };
  }
}
