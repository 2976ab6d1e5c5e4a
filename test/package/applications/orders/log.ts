import { Injectable } from '@nestjs/common';

@Injectable()
export class Log {
  readonly lines: string[] = [];
}
