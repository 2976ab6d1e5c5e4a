import { mock } from 'node:test';
import { runInThisContext } from 'node:vm';
import { jest } from '@jest/globals';
import { fn, spyOn } from '@vitest/spy';
import { type Message, Signal } from 'nestjs-signals';

class Greeted extends Signal<{ name: string; words?: readonly string[] }> {}

// oxlint-disable-next-line typescript/no-explicit-any -- any parameters will do
type Any = (...given: any[]) => unknown;

/** How much a receiver is called with. */
async function givenTo(make: (note: (...given: unknown[]) => void) => Any): Promise<number> {
  let count = -1;
  await sendTo(make((...given) => (count = given.length)));
  return count;
}

async function sendTo(receiver: Any): Promise<void> {
  const greeted = new Greeted();
  greeted.connect(receiver);
  await greeted.send(null, { name: 'Ada' });
}

interface Seeing {
  readonly mock: { readonly calls: readonly (readonly unknown[])[] };
}

/** How much a mock has seen. */
async function countSeen(receiver: Seeing): Promise<number> {
  await sendTo(receiver as unknown as Any);
  return receiver.mock.calls[0]!.length;
}

/** A function as its source says it, for syntax that a formatter would tidy up. */
function written(source: string): (note: Any) => Any {
  return runInThisContext(`(note => ${source})`) as (note: Any) => Any;
}

describe('A receiver is given the message', () => {
  it('when it declares a second parameter, a rest parameter, a default, or nothing', async () => {
    expect(await givenTo(note => (first: unknown, second: unknown) => note(first, second))).toBe(2);
    expect(
      await givenTo(
        note =>
          (...all: unknown[]) =>
            note(...all),
      ),
    ).toBe(2);
    expect(
      await givenTo(
        note =>
          (first: unknown, ...rest: unknown[]) =>
            note(first, ...rest),
      ),
    ).toBe(2);
    expect(
      await givenTo(
        note =>
          (first: unknown, { id }: Partial<Message> = {}) =>
            note(first, id),
      ),
    ).toBe(2);
    expect(
      await givenTo(
        note =>
          (first: unknown = {}, ...rest: unknown[]) =>
            note(first, ...rest),
      ),
    ).toBe(2);
  });

  it.each([
    'function (first) { return ((...given) => note(...given)).apply(this, arguments) }',
    'function (first) { for (var rest = [], at = 0; at < arguments.length; at++) rest.push(arguments[at]); note(...rest) }',
    'function f({ name = ")" }, ...rest) { note(name, ...rest) }',
    '({ name = `,${1}`, words: [word] = [] }, /* , */ ...rest) => note(name, ...rest)',
    'async ({ name, },\n // one more\n ...rest) => note(name, ...rest)',
    '({ ["a,b"](first, second = 1) { note(first, second) } })["a,b"]',
    '((first, ...rest) => note(first, ...rest)).bind(null)',
    'new Proxy((first, ...rest) => note(first, ...rest), {})',
  ])('when more can be passed than `length` counts: %s', async source => {
    expect(await givenTo(written(source))).toBe(2);
  });
});

describe('A receiver goes without the message', () => {
  it.each([
    'function (first) { note(first, arguments.length) }',
    'first => note(first)',
    'async first => note(first)',
    '(first,) => note(first)',
    '(first /* , second */ , // and so on\n) => note(first)',
    '({ name = "a, b", words = ["c", "d"], ...rest }) => note(name)',
    '({ name = ")", words: [one, two] = [1, 2] }) => note(name)',
    'class { static of(first) { note(first) } }.of',
    '({ async *of(first) { note(first) } }.of)',
    '({ [Symbol.iterator](first) { note(first) } })[Symbol.iterator]',
    '({ "of, or"(first) { note(first) } })["of, or"]',
    '({ größe(first) { note(first) } }).größe',
  ])('when it declares one plain parameter: %s', async source => {
    expect(await countSeen(jest.fn(written(source)(() => {})))).toBe(1);
  });

  it('when it is a mock of nothing, or of a function that takes nothing', async () => {
    expect(await countSeen(jest.fn())).toBe(1);
    expect(await countSeen(jest.fn(() => 'hello'))).toBe(1);
    expect(await countSeen(jest.fn().mockReturnValue('hello'))).toBe(1);
    expect(await countSeen(jest.spyOn({ greet(_payload: object) {} }, 'greet').mockReturnValue())).toBe(1);
    expect(await countSeen(fn())).toBe(1);
    expect(await countSeen(fn((_payload: object) => {}))).toBe(1);
    expect(await countSeen(spyOn({ greet(_payload: object) {} }, 'greet'))).toBe(1);
    const ofNode = mock.fn((_payload: object) => {});
    await sendTo(ofNode);
    expect(ofNode.mock.calls[0]!.arguments).toEqual([{ name: 'Ada' }]);
  });
});

describe('A mock', () => {
  it('is given the message where what it calls takes one', async () => {
    expect(await countSeen(jest.fn((_payload: object, _message: object) => {}))).toBe(2);
    expect(await countSeen(jest.spyOn({ greet(_payload: object, _message: object) {} }, 'greet'))).toBe(2);
    expect(await countSeen(fn((_payload: object, ..._rest: unknown[]) => {}))).toBe(2);
    expect(await countSeen(spyOn({ greet(_payload: object, _message: object) {} }, 'greet'))).toBe(2);
  });

  it('is asked at each call, so that what it calls may change', async () => {
    const greeted = new Greeted();
    const receiver = jest.fn<(payload: object, message: Message) => void>();
    greeted.connect(receiver);

    await greeted.send(null, { name: 'Ada' });
    receiver.mockImplementation((_payload, { id }) => void id);
    await greeted.send(null, { name: 'Bob' });
    receiver.mockReset();
    await greeted.send(null, { name: 'Cy' });

    expect(receiver).toHaveBeenCalledTimes(1);
    expect(receiver).toHaveBeenCalledWith({ name: 'Cy' });
  });
});
