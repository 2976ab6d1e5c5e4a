import { Signal } from 'nestjs-signals';

export class Ping extends Signal<{ [argument: string]: unknown }> {}
export class Pong extends Signal<{ [argument: string]: unknown }> {}

export class Alpha {}
export class SubAlpha extends Alpha {}
export class Beta {}
