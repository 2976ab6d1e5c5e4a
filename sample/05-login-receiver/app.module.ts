import { Controller, Injectable, Module, Post, UnauthorizedException, UseGuards } from '@nestjs/common';
import { AuthGuard, PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-local';
import { LoginLog } from './login-log.js';
import { signals } from './settings.js';
import { User } from './user.js';

@Injectable()
export class LocalStrategy extends PassportStrategy(Strategy) {
  validate(name: string, password: string): User {
    if (name === 'ann' && password === 'correct horse') return new User(name);
    throw new UnauthorizedException();
  }
}

@Controller()
export class LoginController {
  @UseGuards(AuthGuard('local'))
  @Post('login')
  logIn(): string {
    return 'Welcome.';
  }
}

@Module({
  imports: [signals],
  controllers: [LoginController],
  providers: [LocalStrategy, LoginLog],
})
export class AppModule {}
