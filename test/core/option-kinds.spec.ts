import { afterCommit, beforeCommit, durable, inline, PostSave } from 'nestjs-signals';
import { OrderPlaced } from '../support/order-placed.js';

const receive = () => {};

function connecting(options: unknown): () => unknown {
  return () => new OrderPlaced().connect(receive, options as object);
}

function refusal(message: RegExp): Error {
  return expect.objectContaining({ code: 'UNKNOWN_OPTION', message: expect.stringMatching(message) }) as never;
}

describe('A value of the wrong kind never stands for the default:', () => {
  it.each([
    [
      'a delivery that is not called',
      { delivery: durable },
      /'delivery'[^:]*: it is durable\.[^]*say durable\(\), with parentheses/,
    ],
    ['a string for a delivery', { delivery: 'durable' }, /'delivery'[^:]*: it is 'durable'[^]*say durable\(\)/],
    ['what looks like a delivery', { delivery: { name: 'inline' } }, /say durable\(\)/],
    ['a class for a delivery', { delivery: class Later {} }, /'delivery'[^:]*: it is Later/],
    ['no delivery', { delivery: null }, /'delivery'[^:]*: it is null/],
    ['a function that makes a delivery', { delivery: () => inline }, /say durable\(\)/],
    ['a yes for a boolean', { includeSubclasses: 'yes' }, /'includeSubclasses'[^:]*: it is 'yes'/],
    ['a number for a boolean', { once: 1 }, /'once'[^:]*: it is 1/],
    ['a number for a uid', { uid: 7 }, /'uid'[^:]*: it is 7/],
    ['an empty uid', { uid: '' }, /'uid'[^:]*: it is ''/],
    ['a receiver for a uid', { before: receive }, /'before'[^:]*: it is receive[^]*give a uid/],
    ['a list with something else', { after: ['one', undefined] }, /'after'[^:]*: it is \['one', undefined\]/],
    ['a boolean for a function', { when: true }, /'when'[^:]*: it is true[^]*give a function/],
    ['a string for a function', { coalesce: 'orderId', delivery: afterCommit }, /'coalesce'[^:]*: it is 'orderId'/],
    [
      'a controller for its signal',
      { until: new AbortController() },
      /'until'[^:]*: it is an instance of AbortController/,
    ],
    [
      'a signal for options',
      OrderPlaced,
      /options of a receiver of OrderPlaced cannot be OrderPlaced[^]*@OnSignal\(\[One, Other\]\)/,
    ],
    ['a string for options', 'receipts.mail', /options[^]*cannot be 'receipts\.mail'/],
    ['null for options', null, /options[^]*cannot be null/],
    ['a list for options', [{ uid: 'a' }], /options[^]*cannot be \[/],
  ])('%s', (_, options, message) => {
    expect(connecting(options)).toThrow(refusal(message));
  });

  it('a string for a list of fields, and an empty list', () => {
    const connect = (fields: unknown) => () => new PostSave().connect(receive, { fields: fields as never });

    expect(connect('status')).toThrow(refusal(/'fields'[^:]*: it is 'status'[^]*give a list/));
    expect(connect([])).toThrow(refusal(/'fields'[^:]*: it is \[\]/));
  });

  it.each([[5], [null], ['later'], [{ detached: 'yes' }]])('%j for the options of afterCommit()', options => {
    expect(() => afterCommit(options as never)).toThrow(refusal(/afterCommit/));
  });

  it.each([[5], [null], ['later'], [true]])('%j for the options of durable()', options => {
    expect(() => durable(options as never)).toThrow(refusal(/durable/));
  });
});

describe('A value of the right kind', () => {
  it.each([
    [{ delivery: inline }],
    [{ delivery: afterCommit }],
    [{ delivery: afterCommit() }],
    [{ delivery: afterCommit({ detached: true }) }],
    [{ delivery: beforeCommit }],
    [{ delivery: durable(), uid: 'receipts.mail' }],
    [{ delivery: undefined, uid: undefined, when: undefined, once: false, includeSubclasses: false }],
    [{ before: 'one?', after: ['two?', 'three?'], until: new AbortController().signal }],
  ])('is accepted: %j', options => {
    expect(connecting(options)).not.toThrow();
  });
});
