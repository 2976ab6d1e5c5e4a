import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable, Scope } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';

/** Lets in without a user. */
@Injectable()
export class OptionalGuard extends AuthGuard('local') {
  override handleRequest<Person>(_: unknown, user: Person): Person {
    return user || (null as Person);
  }
}

@Injectable({ scope: Scope.REQUEST })
export class ScopedGuard extends AuthGuard('local') {}

/** A response of Express or Fastify. */
interface AnyResponse {
  status(code: number): { send(body: object): void };
}

/** Answers an exception as if there were none. */
@Catch()
export class KindFilter implements ExceptionFilter {
  catch(error: Error, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<AnyResponse>().status(200).send({ kind: error.message });
  }
}
