import { Signal } from 'nestjs-signals';

export class Ping extends Signal {}
export class Alpha {}
export class SubAlpha extends Alpha {}
export class Beta {}

export function recorder() {
  const calls: string[] = [];
  const receiver = (name: string) => () => {
    calls.push(name);
  };
  return { calls, receiver };
}
