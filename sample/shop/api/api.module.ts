import { Module } from '@nestjs/common';
import { JwtModule } from '@nestjs/jwt';
import { OrdersModule } from '../orders/orders.module.js';
import { ApiController } from './api.controller.js';
import { JwtStrategy } from './jwt.strategy.js';
import { tokenSecret } from './token-secret.js';

@Module({
  imports: [JwtModule.register({ secret: tokenSecret, signOptions: { expiresIn: '1h' } }), OrdersModule],
  controllers: [ApiController],
  providers: [JwtStrategy],
})
export class ApiModule {}
