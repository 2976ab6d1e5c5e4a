import ts from 'typescript';
import { type GenerateOptions, receiver, signal } from '../../lib/schematics/index.js';
import { Application } from './application.js';

const MODULE =
  "import { Module } from '@nestjs/common';\n\n@Module({\n  providers: [],\n})\nexport class AppModule {}\n";
const FILES = { 'package.json': '{ "type": "module" }', 'src/app.module.ts': MODULE };

/** The class that a name becomes, and its file. */
function named(name: string | number, options: GenerateOptions = {}): string[] {
  const application = new Application(FILES).run(signal({ name, ...options }));
  const changes = application.tree.actions.filter(({ path }) => path.endsWith('.signal.ts'));
  return changes.flatMap(({ path }) => [/class (\S+)/.exec(application.text(path))?.[1] ?? '', path]);
}

function syntaxErrors(application: Application): string[] {
  const files = application.tree.actions.map(({ path }) => path).filter(path => path.endsWith('.ts'));
  return files.flatMap(path => {
    const { diagnostics = [] } = ts.transpileModule(application.text(path), { reportDiagnostics: true });
    return diagnostics.map(({ messageText }) => `${path}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
  });
}

describe('nest g -c nestjs-signals signal', () => {
  it('makes a class, its spec, and a provider of the nearest module', () => {
    const application = new Application(FILES).run(
      signal({ name: 'orders/order-placed', sourceRoot: 'src', spec: true, flat: false }),
    );

    expect(application.text('src/orders/order-placed/order-placed.signal.ts')).toBe(
      "import { Signal } from 'nestjs-signals';\n\nexport class OrderPlaced extends Signal<{ id: number }> {}\n",
    );
    expect(application.text('src/orders/order-placed/order-placed.signal.spec.ts')).toContain(
      "import { OrderPlaced } from './order-placed.signal.js';",
    );
    expect(application.text('src/app.module.ts')).toBe(
      MODULE.replace(
        "common';\n",
        "common';\nimport { OrderPlaced } from './orders/order-placed/order-placed.signal.js';\n",
      ).replace('[]', '[OrderPlaced]'),
    );
    expect([application.said, syntaxErrors(application)]).toEqual([[], []]);
  });

  it.each([
    ['order-placed', 'OrderPlaced', 'order-placed'],
    ['orderPlaced', 'OrderPlaced', 'order-placed'],
    ['ORDER_PLACED', 'OrderPlaced', 'order-placed'],
    ['order.placed', 'OrderPlaced', 'order-placed'],
    ['order placed', 'OrderPlaced', 'order-placed'],
    ['HTTPFailed', 'HttpFailed', 'http-failed'],
    ['order-placed.signal', 'OrderPlaced', 'order-placed'],
    ['order2-placed', 'Order2Placed', 'order2-placed'],
    ['bestellung-geändert', 'BestellungGeändert', 'bestellung-geändert'],
    ['a', 'A', 'a'],
  ])('names %s', (name, className, fileName) => {
    expect(named(name)).toEqual([className, `/src/${fileName}/${fileName}.signal.ts`]);
  });

  it.each(['', 12, '1st', '../..', '--', '日1'.slice(1)])('refuses %j as a name', name => {
    expect(() => named(name)).toThrow('is no name for a signal');
  });

  it('refuses to write JavaScript', () => {
    expect(() => signal({ name: 'a', language: 'js' })).toThrow(
      "A signal is generated in TypeScript, and not in 'js'.",
    );
  });

  it('puts files where --path, --flat and --project say', () => {
    expect(named('orders/placed', { path: 'shop', flat: true })).toEqual([
      'Placed',
      '/src/shop/orders/placed.signal.ts',
    ]);
    expect(named('placed', { sourceRoot: 'apps/web/src' })).toEqual([
      'Placed',
      '/apps/web/src/placed/placed.signal.ts',
    ]);
    expect(named('shop\\placed', { flat: true })).toEqual(['Placed', '/src/shop/placed.signal.ts']);
  });

  it('makes no spec, or one with another suffix', () => {
    const paths = (options: GenerateOptions) =>
      new Application(FILES)
        .run(signal({ name: 'a', flat: true, skipImport: true, ...options }))
        .tree.actions.map(({ path }) => path)
        .filter(path => !(path.slice(1) in FILES));

    expect(paths({ spec: false })).toEqual(['/src/a.signal.ts']);
    expect(paths({ specFileSuffix: 'test' })).toContain('/src/a.signal.test.ts');
  });

  it('registers in the module of its folder, and imports as the application does', () => {
    const files = { ...FILES, 'package.json': '{}', 'src/orders/orders.module.ts': MODULE };
    const application = new Application(files).run(signal({ name: 'orders/placed', flat: true }));

    expect(application.text('src/orders/orders.module.ts')).toContain("import { Placed } from './placed.signal';");
    expect(application.text('src/app.module.ts')).toBe(MODULE);
  });

  it.each([
    { before: '{}', after: '{ providers: [Placed] }' },
    { before: '{ imports: [A] }', after: '{ imports: [A], providers: [Placed] }' },
    { before: '{\n  imports: [A], // ours\n}', after: '{\n  imports: [A], // ours\n  providers: [Placed],\n}' },
  ])('makes a list of providers: $after', ({ before, after }) => {
    const module = MODULE.replace(/\{\n[^]*\}(?=\))/, before);
    const application = new Application({ 'src/app.module.ts': module }).run(signal({ name: 'placed' }));

    expect(application.text('src/app.module.ts')).toContain(`@Module(${after})`);
  });

  it('says what to do where no module can be changed', () => {
    const dynamic = new Application({ 'src/app.module.ts': MODULE.replace('[]', 'all()') }).run(signal({ name: 'a' }));
    const plain = new Application({ 'src/app.module.ts': 'export class AppModule {}' }).run(signal({ name: 'a' }));
    const none = new Application({}).run(signal({ name: 'a' }));

    expect(dynamic.said).toEqual([
      "src/app.module.ts was left alone: the providers are 'providers: all()', and not a list. Add A to the providers of a module.",
    ]);
    expect(plain.said).toEqual(['No module was found in src/a or above. Add A to the providers of a module.']);
    expect(none.said).toEqual(plain.said);
  });

  it('replaces no file', () => {
    const application = new Application(FILES).run(signal({ name: 'a' }));

    expect(() => application.run(signal({ name: 'A' }))).toThrow('src/a/a.signal.ts exists already.');
  });
});

describe('nest g -c nestjs-signals receiver', () => {
  it('receives the signal of its name, wherever that is', () => {
    const application = new Application(FILES)
      .run(signal({ name: 'orders/order-placed', flat: true }))
      .run(receiver({ name: 'mails/OrderPlaced', flat: true }));

    expect(application.text('src/mails/order-placed.receiver.ts')).toBe(`import { Injectable } from '@nestjs/common';
import { OnSignal, type PayloadOf } from 'nestjs-signals';
import { OrderPlaced } from '../orders/order-placed.signal.js';

@Injectable()
export class OrderPlacedReceiver {
  @OnSignal(OrderPlaced)
  receive(payload: PayloadOf<OrderPlaced>): void {
    console.log('OrderPlaced', Object.keys(payload));
  }
}
`);
    expect(application.text('src/app.module.ts')).toContain('providers: [OrderPlaced, OrderPlacedReceiver]');
    expect(syntaxErrors(application)).toEqual([]);
  });

  it('receives a built-in signal where there is none of its name', () => {
    const application = new Application(FILES).run(receiver({ name: 'audit-receiver' }));

    expect(application.text('src/audit/audit.receiver.ts')).toContain('@OnSignal(RequestFinished)');
    expect(application.text('src/audit/audit.receiver.ts')).toContain('class AuditReceiver {');
    expect(syntaxErrors(application)).toEqual([]);
  });
});
