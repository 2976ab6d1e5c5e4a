import { durable, SignalError } from 'nestjs-signals';
import { pgBoss } from 'nestjs-signals/pg-boss';

const bare: unknown = Object.create(null);

describe('Options that are refused wherever they are given', () => {
  it.each([
    ['null for options of pgBoss', () => pgBoss(null as never), /options of pgBoss cannot be null/],
    ['a list for options of durable', () => durable([] as never), /options of a durable delivery cannot be/],
    ['an object without a prototype', () => pgBoss({ schema: bare as never }), /'schema' of pgBoss[^]*is an object/],
    ['a number of that kind', () => durable({ retryLimit: bare as never }), /'retryLimit'[^]*from 0 to 1000/],
    ['a symbol', () => pgBoss({ work: Symbol('all') as never }), /'work'[^]*Symbol\(all\)/],
    ['a name that every object has', () => durable({ constructor: 1 } as never), /'constructor' of[^]*use one of/],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(SignalError);
    expect(make).toThrow(expect.objectContaining({ code: 'UNKNOWN_OPTION' }) as Error);
    expect(make).toThrow(message);
  });
});
