import { type Migration, migrate as migrationOf } from '../../lib/schematics/index.js';
import { filesOf, MODULE, RECEIVER, received, SENDER, sent, SHOP } from './shop.js';

function migrate(files: Readonly<Record<string, string>>, ...only: string[]): Migration {
  return migrationOf(process.cwd(), filesOf(files), only);
}

function textAfter(files: Readonly<Record<string, string>>, path: string): string | undefined {
  return migrate(files).changes.find(change => change.path === path)?.after;
}

/** Why names were left alone, without the places. */
function reasons(files: Readonly<Record<string, string>>): string[] {
  const { leftAlone, changes, signals } = migrate(files);
  expect([changes, signals]).toEqual([[], []]);
  return [...new Set(leftAlone.map(({ why }) => why))];
}

describe('A migration', () => {
  it('makes a signal of each name, and changes receivers, senders and modules', () => {
    const { signals, changes, leftAlone, notes } = migrate(SHOP);

    expect(signals).toEqual([
      {
        name: 'order.placed',
        className: 'OrderPlaced',
        path: 'src/signals/order-placed.signal.ts',
        sentAt: ['src/orders.ts:9'],
        receivedAt: ['src/mails.ts:7'],
      },
    ]);
    expect(leftAlone).toEqual([]);
    expect(notes).toEqual([
      'Nothing uses EventEmitterModule any more: remove it from src/app.module.ts, and uninstall @nestjs/event-emitter.',
    ]);
    expect(changes.map(({ path }) => path)).toEqual([
      'src/app.module.ts',
      'src/mails.ts',
      'src/orders.ts',
      'src/signals/order-placed.signal.ts',
    ]);
    expect(textAfter(SHOP, 'src/signals/order-placed.signal.ts')).toBe(
      "import { Signal } from 'nestjs-signals';\n\nexport class OrderPlaced extends Signal<{ id: number }> {}\n",
    );
    expect(textAfter(SHOP, 'src/orders.ts')).toBe(`import { Injectable } from '@nestjs/common';
import { OrderPlaced } from './signals/order-placed.signal';

@Injectable()
export class Orders {
  constructor(private readonly orderPlaced: OrderPlaced) {}

  async place(id: number) {
    await this.orderPlaced.sendRobust(this, { id });
  }
}
`);
    expect(textAfter(SHOP, 'src/mails.ts')).toContain('  @OnSignal(OrderPlaced)\n  receipt({ id }: { id: number })');
    expect(textAfter(SHOP, 'src/mails.ts')).not.toContain('event-emitter');
    expect(textAfter(SHOP, 'src/app.module.ts')).toContain(
      'imports: [EventEmitterModule.forRoot(), SignalsModule.forRoot()],',
    );
    expect(textAfter(SHOP, 'src/app.module.ts')).toContain('providers: [Orders, Mails, OrderPlaced],');
  });

  it('finds nothing to do the second time', () => {
    const once = migrate(SHOP);
    const files = { ...SHOP, ...Object.fromEntries(once.changes.map(({ path, after }) => [path, after])) };

    expect(migrate(files)).toEqual({ signals: [], leftAlone: [], changes: [], notes: [] });
  });

  it('waits for receivers where the sender is async, and does not where it is not', () => {
    const after = (body: string) =>
      textAfter({ ...SHOP, 'src/orders.ts': SENDER.replace(/ {2}async place[^]*?\n {2}}/, body) }, 'src/orders.ts');
    const send = "this.emitter.emit('order.placed', { id: 1 });";

    expect(after(`  place() { ${send} }`)).toContain('place() { void this.orderPlaced.sendRobust(this, { id: 1 }); }');
    expect(after(`  place = async () => { ${send} }`)).toContain('{ await this.orderPlaced.');
    expect(after(`  async place() { [1].forEach(() => { ${send} }); }`)).toContain('{ void this.orderPlaced.');
    expect(after(`  async place() { this.emitter.emit(\n    'order.placed', // why\n    { id: 1 },\n  ); }`)).toContain(
      'await this.orderPlaced.sendRobust(this, { id: 1 },\n  );',
    );
  });

  it('keeps line ends, quotes, tabs and missing semicolons', () => {
    const windows = Object.fromEntries(
      Object.entries(SHOP).map(([path, text]) => [
        path,
        text.replaceAll("'", '"').replaceAll(';\n', '\n').replaceAll('  ', '\t').replaceAll('\n', '\r\n'),
      ]),
    );
    const { changes } = migrate(windows);

    expect(changes).toHaveLength(4);
    for (const { after } of changes) expect(after).not.toMatch(/[^\r]\n|'|;\r/);
    expect(textAfter(windows, 'src/mails.ts')).toContain('\r\n\t@OnSignal(OrderPlaced)\r\n\treceipt(');
  });

  it.each([
    { title: 'an enum in quotes', expression: 'Names.Placed', text: "export enum Names { 'Placed' = 'order.placed' }" },
    { title: 'an enum', expression: 'Names.Placed', text: "export enum Names { Placed = 'order.placed' }" },
    {
      title: 'a constant object',
      expression: 'Names.order.placed',
      text: "export const Names = { order: { 'placed': 'order.placed' } } as const;",
    },
    {
      title: 'a class',
      expression: 'Names.PLACED',
      text: "export class Names { static readonly PLACED = 'order.placed'; }",
    },
    { title: 'a constant', expression: 'Names', text: "const one = 'order.placed';\nexport const Names = one;" },
    { title: 'a template', expression: '`order.placed`', text: 'export const Names = 1;' },
    { title: 'another file', expression: 'Names.Placed', text: "export { All as Names } from './all';" },
  ])('reads names of $title', ({ expression, text }) => {
    const orders = SENDER.replace("'order.placed'", expression).replace(
      '\n\n',
      "\nimport { Names } from './names';\n\n",
    );
    const files = {
      ...SHOP,
      'src/orders.ts': orders,
      'src/names.ts': text,
      'src/all.ts': "export enum All { Placed = 'order.placed' }",
    };

    expect(migrate(files).signals).toHaveLength(1);
    expect(textAfter(files, 'src/orders.ts')?.includes('./names')).toBe(expression.startsWith('`'));
  });

  it('takes the type of a payload from where the receiver has it', () => {
    const typed = (type: string, line: string) => ({
      ...SHOP,
      'src/facts.ts': 'export class Placed {}\nexport type Id = string;\nexport interface Row {}',
      'src/mails.ts': RECEIVER.replace('{ id: number }', type).replace('\n\n', `\n${line}\n\n`),
    });
    const signal = (type: string, line: string) => textAfter(typed(type, line), 'src/signals/order-placed.signal.ts');

    expect(signal('Placed', "import { Placed } from './facts';")).toContain(
      "import type { Placed } from '../facts';\n\nexport class OrderPlaced extends Signal<Placed>",
    );
    expect(signal('Readonly<Row> & { a: Placed[] }', "import { Placed, type Row } from './facts';")).toContain(
      "import type { Row } from '../facts';\nimport type { Placed } from '../facts';",
    );
    expect(signal('Own', 'export interface Own {}')).toContain("import type { Own } from '../mails';");
    expect(signal('Order', "import { Order } from 'shop-types';")).toContain(
      "import type { Order } from 'shop-types';",
    );
    expect(reasons(typed('Own', 'interface Own {}'))).toEqual(["the type 'Own' is not exported by src/mails.ts"]);
    expect(reasons(typed('Id', "import { Id } from './facts';"))).toEqual([
      "its payload is 'Id', and that of a signal is an object",
    ]);
    expect(reasons(typed('string[]', ''))).toEqual(["its payload is 'string[]', and that of a signal is an object"]);
  });

  it('reads no JavaScript where there is TypeScript, and keeps @Inject', () => {
    const injected = SENDER.replace('private readonly emitter', '@Inject(EventEmitter2) private readonly emitter');
    const files = { ...SHOP, 'tsconfig.json': '{}', 'out/mails.js': RECEIVER, 'src/orders.ts': injected };

    expect(migrate(files).signals[0]?.receivedAt).toEqual(['src/mails.ts:7']);
    expect(textAfter(files, 'src/orders.ts')).toContain(
      '@Inject(OrderPlaced) private readonly orderPlaced: OrderPlaced',
    );
  });

  it('sends a signal without a payload', () => {
    const files = {
      ...SHOP,
      'src/orders.ts': SENDER.replace(', { id }', ''),
      'src/mails.ts': RECEIVER.replace('{ id }: { id: number }', ''),
    };

    expect(textAfter(files, 'src/orders.ts')).toContain('await this.orderPlaced.sendRobust(this);');
    expect(textAfter(files, 'src/signals/order-placed.signal.ts')).toContain('class OrderPlaced extends Signal {}');
  });

  it('keeps the emitter where the constructor, or what is sent, still uses it', () => {
    const constructors = [
      SENDER.replace('EventEmitter2) {}', "EventEmitter2) {\n    emitter.emit('order.counted');\n  }"),
      SENDER.replace('{ id });', "{ id, count: this.emitter.listenerCount('order.counted') });"),
    ].map(text => /constructor\(.*\)/.exec(textAfter({ ...SHOP, 'src/orders.ts': text }, 'src/orders.ts') ?? '')?.[0]);

    expect(constructors).toEqual(
      Array(2).fill('constructor(private readonly emitter: EventEmitter2, private readonly orderPlaced: OrderPlaced)'),
    );
  });

  it('takes names that are free', () => {
    const files = {
      ...SHOP,
      'src/orders.ts': SENDER.replace(
        'async place',
        'orderPlacedSignal = 1;\n  async OrderPlaced() {}\n  orderPlaced = 1;\n\n  async place',
      ),
    };

    expect(textAfter(files, 'src/orders.ts')).toContain(
      'constructor(private readonly orderPlacedSignalSignal: OrderPlacedSignal)',
    );
    expect(sent("'1'")).toContain("emit('1'");
    expect(reasons({ ...SHOP, 'src/orders.ts': sent("'1'"), 'src/mails.ts': received("'1'") })).toEqual([
      'no name of a class can be made of it',
    ]);
    expect(reasons({ ...SHOP, 'src/signals/order-placed.signal.ts': '' })).toEqual([
      'src/signals/order-placed.signal.ts exists already',
    ]);
  });

  it('leaves alone what two projects send and receive', () => {
    const projects = { web: { sourceRoot: 'apps/web/src' }, jobs: { sourceRoot: 'apps/jobs/src' } };
    const files = {
      'nest-cli.json': JSON.stringify({ sourceRoot: 'apps/web/src', projects }),
      'apps/web/src/orders.ts': SENDER,
      'apps/web/src/app.module.ts': MODULE,
      'apps/jobs/src/mails.ts': RECEIVER,
    };

    expect(reasons(files)).toEqual(['it is sent and received in apps/jobs/src and apps/web/src']);
  });

  it('adds the signals of a class to each module that provides it, in its project', () => {
    const files = Object.fromEntries(
      Object.entries(SHOP).map(([path, text]) => [path.replace('src/', 'apps/web/src/'), text]),
    );
    const workspace = {
      'nest-cli.json': '{ "sourceRoot": "apps/jobs/src", "projects": { "web": { "sourceRoot": "apps/web/src" } } }',
    };
    const { signals, changes } = migrate({
      ...files,
      ...workspace,
      'apps/web/src/two.module.ts': MODULE.replace('AppModule', 'Two').replace('EventEmitterModule.forRoot()', ''),
    });

    expect(signals[0]?.path).toBe('apps/web/src/signals/order-placed.signal.ts');
    expect(changes.filter(({ after }) => after.includes('Mails, OrderPlaced]')).map(({ path }) => path)).toEqual([
      'apps/web/src/app.module.ts',
      'apps/web/src/two.module.ts',
    ]);
  });
});
