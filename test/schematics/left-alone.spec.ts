import { migrate as migrationOf } from '../../lib/schematics/index.js';
import { filesOf, MODULE, RECEIVER, received, SENDER, sent, SHOP } from './shop.js';

/** Why nothing was migrated, without the names that other places may mean, too. */
function reasons(files: Readonly<Record<string, string>>): string[] {
  const { leftAlone, changes } = migrationOf(process.cwd(), filesOf({ ...SHOP, ...files }));
  expect(changes).toEqual([]);
  return [...new Set(leftAlone.map(({ why }) => why))].filter(why => !why.includes(' may mean it, too; '));
}

/** The sender with another statement. */
const sending = (statement: string) => ({
  'src/orders.ts': SENDER.replace("this.emitter.emit('order.placed', { id });", statement),
});
const receiving = (...args: string[]) => ({ 'src/mails.ts': received(...args) });

describe('A migration leaves alone', () => {
  it.each([
    { title: 'a wildcard', files: receiving("'order.*'"), why: 'it has a wildcard' },
    { title: 'a wildcard of any depth', files: receiving("'**'"), why: 'it has a wildcard' },
    { title: 'a list of names', files: receiving("['order.placed', 'order.paid']"), why: 'it is a list of names' },
    { title: 'a name that is computed', files: receiving('nameOf(1)'), why: 'its name is computed' },
    {
      title: 'async',
      files: receiving("'order.placed'", '{ async: true }'),
      why: 'a signal has no options like { async: true }',
    },
    {
      title: 'prependListener',
      files: receiving("'order.placed'", '{ prependListener: true }'),
      why: 'a signal has no options like { prependListener: true }',
    },
    {
      title: 'suppressErrors',
      files: receiving("'order.placed'", '{ suppressErrors: false }'),
      why: 'a signal has no options like { suppressErrors: false }',
    },
    {
      title: 'options elsewhere',
      files: receiving("'order.placed'", 'OPTIONS'),
      why: 'a signal has no options like OPTIONS',
    },
    {
      title: 'a method with several values',
      files: { 'src/mails.ts': RECEIVER.replace('{ id }: { id: number }', 'a: A, b: B') },
      why: 'its method takes several values',
    },
    {
      title: 'a method with any number of values',
      files: { 'src/mails.ts': RECEIVER.replace('{ id }: { id: number }', '...all: A[]') },
      why: 'its method takes any number of values',
    },
    {
      title: 'a provider of requests',
      files: { 'src/mails.ts': RECEIVER.replace('@Injectable()', '@Injectable({ scope: Scope.REQUEST })') },
      why: 'it is made for each request',
    },
    {
      title: 'a payload without a type',
      files: { 'src/mails.ts': RECEIVER.replace(': { id: number }', ': any') },
      why: 'no receiver says what its payload is: give the parameter of receipt (src/mails.ts:7) a type',
    },
    {
      title: 'two types of a payload',
      files: { 'src/stock.ts': RECEIVER.replace('{ id: number }', '{ id: string }') },
      why: 'its receivers take different types: { id: number }, { id: string }',
    },
    {
      title: 'a name that is only received',
      files: receiving("'order.paid'"),
      why: 'nothing in these sources sends it',
    },
    { title: 'a name that is only sent', files: { 'src/mails.ts': '' }, why: 'no method receives it' },
  ])('receivers with $title', ({ files, why }) => {
    expect(reasons(files)).toContain(why);
  });

  it.each([
    {
      title: 'emitAsync',
      statement: "await this.emitter.emitAsync('order.placed', { id });",
      why: 'emitAsync() calls its receivers side by side, and returns their values',
    },
    {
      title: 'a value that is used',
      statement: "return this.emitter.emit('order.placed', { id });",
      why: 'the value that emit() returns is used',
    },
    {
      title: 'several values',
      statement: "this.emitter.emit('order.placed', { id }, 2);",
      why: 'it sends several values',
    },
    { title: 'spread values', statement: "this.emitter.emit('order.placed', ...all);", why: 'it sends several values' },
    { title: 'a name that is not known', statement: 'this.emitter.emit(name, { id });', why: 'its name is computed' },
    { title: 'a variable', statement: 'let name = 1; this.emitter.emit(name, { id });', why: 'its name is computed' },
    {
      title: 'a name with parts',
      statement: "this.emitter.emit('order' + '.placed', { id });",
      why: 'its name is computed',
    },
    {
      title: 'onAny',
      statement: "this.emitter.onAny(f); this.emitter.emit('order.placed', { id });",
      why: 'onAny() has no counterpart',
    },
    {
      title: 'on',
      statement: "this.emitter.on('order.placed', f); this.emitter.emit('order.placed', { id });",
      why: 'on() has no counterpart',
    },
    {
      title: 'waitFor',
      statement: "await this.emitter.waitFor('order.placed'); this.emitter.emit('order.placed', { id });",
      why: 'waitFor() has no counterpart',
    },
    {
      title: 'an emitter that is handed on',
      statement: "publish(this.emitter); this.emitter.emit('order.placed', { id });",
      why: 'this.emitter is handed on',
    },
    {
      title: 'an emitter in a variable',
      statement: "const { emitter } = this; emitter.emit('order.placed', { id });",
      why: 'emitter is handed on',
    },
    {
      title: 'a payload and none',
      statement: "this.emitter.emit('order.placed'); this.emitter.emit('order.placed', { id });",
      why: 'it is sent with a payload and without one',
    },
    {
      title: 'no payload where one is taken',
      statement: "this.emitter.emit('order.placed');",
      why: 'it is sent without a payload, and receipt (src/mails.ts:7) takes one',
    },
  ])('senders with $title', ({ statement, why }) => {
    expect(reasons(sending(statement))).toContain(why);
  });

  it.each([
    { title: 'a property', text: 'class A { @Inject() emitter: EventEmitter2; }' },
    { title: 'a look-up', text: "void app.get(EventEmitter2).emit('order.placed', {});" },
    { title: 'a parameter that is not kept', text: 'class A { constructor(emitter: EventEmitter2) {} }' },
    { title: 'an optional one', text: 'class A { constructor(private emitter?: EventEmitter2) {} }' },
    {
      title: 'one that may be missing',
      text: 'class A { constructor(@Optional() private emitter: EventEmitter2) {} }',
    },
    { title: 'another one', text: "class A { constructor(@Inject('other') private emitter: EventEmitter2) {} }" },
    { title: 'a provider', text: 'const provider = { provide: EventEmitter2, useValue: {} };' },
  ])('everything where the class is used as $title', ({ text }) => {
    const other = `import { EventEmitter2 } from '@nestjs/event-emitter';\n${text}`;

    expect(reasons({ 'src/other.ts': other })).toEqual(['EventEmitter2 is used, and not as a parameter property']);
  });

  it.each([
    ["import * as events from '@nestjs/event-emitter';", 'events.EventEmitter2'],
    ["import events = require('eventemitter2');", 'events.EventEmitter2'],
    ["import Emitter from 'eventemitter2';", 'Emitter'],
  ])('everything where the class has no name of its own: %s', (line, type) => {
    const why = [`${type} is used, and not imported as { EventEmitter2 }`];
    const other = (text: string) => ({ 'src/other.ts': `${line}\n${text}` });

    expect(reasons(other(`class A { constructor(private readonly emitter: ${type}) {} }`))).toEqual(why);
    expect(reasons(other(`void app.get(${type}).emit('order.placed', {});`))).toEqual(why);
  });

  it('classes that are made or extended elsewhere, and fields that others use', () => {
    expect(reasons({ 'src/a.ts': "import { Orders } from './orders';\nnew Orders(emitter);" })).toEqual([
      'Orders, which sends it, is made with new',
    ]);
    expect(reasons({ 'src/a.ts': 'class Other extends Orders {}' })).toEqual(['Orders, which sends it, is extended']);
    expect(reasons({ 'src/a.ts': "orders.emitter.emit('order.placed');" })).toEqual([
      'orders.emitter is used from outside',
    ]);
  });

  it('classes that a test provides', () => {
    const test = "import { Orders } from './orders';\nTest.createTestingModule({ imports: [A], providers: [Orders] });";

    expect(reasons({ 'src/a.spec.ts': test })).toEqual(['Orders, which sends it, is provided by a test']);
    expect(
      migrationOf(process.cwd(), filesOf({ ...SHOP, 'src/a.spec.ts': test.replace('[Orders]', '[Mails]') })).signals,
    ).toHaveLength(1);
  });

  it('names of decorators that are made of OnEvent, and all names where it is handed on', () => {
    const other = (text: string) => ({ 'src/a.ts': `import { OnEvent } from '@nestjs/event-emitter';\n${text}` });
    const why = ['OnEvent is used, and not as a decorator'];

    expect(reasons(other("const OnPlaced = () => applyDecorators(OnEvent('order.placed'));"))).toEqual(why);
    expect(reasons(other('export const On = OnEvent;'))).toEqual(why);
    expect(
      migrationOf(process.cwd(), filesOf({ ...SHOP, ...other("const on = OnEvent('order.paid');") })).signals,
    ).toHaveLength(1);
  });

  it('names of tests that have an emitter of their own', () => {
    const test = (text: string) => ({
      'src/a.spec.ts': `import { EventEmitter2 } from '@nestjs/event-emitter';\n${text}`,
    });
    const why = ['a test has an EventEmitter2 of its own'];

    expect(reasons(test("app.get(EventEmitter2).emit('order.placed');"))).toEqual(why);
    expect(reasons(test('providers: [Orders, { provide: EventEmitter2, useValue: {} }]'))).toEqual(why);
    expect(
      migrationOf(process.cwd(), filesOf({ ...SHOP, ...test("app.get(EventEmitter2).emit('order.paid');") })).signals,
    ).toHaveLength(1);
  });

  it('classes that no module provides, or whose module cannot be changed', () => {
    expect(reasons({ 'src/app.module.ts': MODULE.replace('[Orders, Mails]', '[Mails]') })).toEqual([
      'no @Module in these sources has Orders of src/orders.ts among its providers or controllers',
    ]);
    expect(reasons({ 'src/app.module.ts': MODULE.replace('[EventEmitterModule.forRoot()]', 'all()') })).toEqual([
      "SignalsModule.forRoot() must be imported first, by hand: the imports are 'imports: all()', and not a list",
    ]);
    expect(
      reasons({
        'src/app.module.ts': MODULE.replace('providers: [Orders, Mails]', 'controllers: [Orders], providers: all()'),
      }),
    ).toEqual(["src/app.module.ts cannot provide it: the providers are 'providers: all()', and not a list"]);
  });

  it('only the names that a pattern may mean', () => {
    const paid = { 'src/paid.ts': received("'order.paid'"), 'src/stock.ts': received('`stock.${id}`') };
    const { signals, leftAlone } = migrationOf(process.cwd(), filesOf({ ...SHOP, ...paid }));

    expect(signals.map(({ name }) => name)).toEqual(['order.placed']);
    expect(leftAlone.map(({ at }) => at)).toEqual(['src/stock.ts:7', 'src/paid.ts:7']);
  });

  it('nothing of a name that --name gives, for what may be another name', () => {
    const files = { ...SHOP, 'src/other.ts': sent('name').replace('Orders', 'Others') };
    const migrate = (...only: string[]) =>
      migrationOf(process.cwd(), filesOf(files), only).signals.map(({ name }) => name);

    expect([migrate(), migrate('order.placed'), migrate('order.paid')]).toEqual([[], ['order.placed'], []]);
    expect(migrationOf(process.cwd(), filesOf(files), ['order.paid']).leftAlone.at(-1)).toEqual({
      at: '--name',
      topic: 'order.paid',
      why: 'nothing in these sources that can be migrated sends or receives it',
    });
  });
});
