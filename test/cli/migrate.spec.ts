import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SHOP } from '../schematics/shop.js';
import { command, type Ended } from './terminal.js';

let folder: string;

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

const read = (path: string) => readFileSync(join(folder, path), 'utf8');
const migrate = (...args: string[]): Promise<Ended> => command(['migrate', ...args], { directory: folder });
const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.c', '-c', 'core.autocrlf=false', ...args], {
    cwd: folder,
    encoding: 'utf8',
  });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signals-migrate-'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(
    join(import.meta.dirname, '..', '..', 'node_modules', 'typescript'),
    join(folder, 'node_modules', 'typescript'),
  );
  write({ ...SHOP, 'node_modules/a/a.ts': SHOP['src/mails.ts'], 'dist/a.d.ts': SHOP['src/mails.ts'] });
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('nestjs-signals migrate', () => {
  it('shows what it would do, and writes nothing', async () => {
    const { code, out, errors } = await migrate();

    expect([code, errors]).toEqual([0, '']);
    expect(out).toContain(`order.placed becomes OrderPlaced, src/signals/order-placed.signal.ts
  sent at src/orders.ts:9
  received at src/mails.ts:7

Nothing uses EventEmitterModule any more: remove it from src/app.module.ts, and uninstall @nestjs/event-emitter.
`);
    expect(out).toContain("-  @OnEvent('order.placed')\n+  @OnSignal(OrderPlaced)\n");
    expect(out.trimEnd().split('\n').at(-1)).toBe('Nothing was written. Add --write to change these files.');
    expect(read('src/mails.ts')).toBe(SHOP['src/mails.ts']);
  });

  it('shows what git can apply, and writes the same', async () => {
    write({ 'src/orders.ts': SHOP['src/orders.ts'].replaceAll('\n', '\r\n') });
    git('init', '--quiet');
    git('add', 'src');
    git('commit', '--quiet', '-m', 'before');
    const { out } = await migrate();
    const patch = out.slice(out.indexOf('--- '), out.indexOf('\nNothing was written'));
    writeFileSync(join(folder, 'node_modules', 'a.patch'), patch);
    git('apply', join('node_modules', 'a.patch'));
    const applied = git('diff').concat(read('src/signals/order-placed.signal.ts'));
    git('checkout', '--quiet', '.');
    git('clean', '-dfq', 'src');

    expect(await migrate('--write')).toMatchObject({ code: 0 });
    expect(git('diff').concat(read('src/signals/order-placed.signal.ts'))).toBe(applied);
    expect(applied).toContain('+  @OnSignal(OrderPlaced)');
  });

  it('warns where git cannot undo what it writes', async () => {
    const outside = await migrate('--write');
    write(SHOP);
    rmSync(join(folder, 'src/signals'), { recursive: true });
    git('init', '--quiet');
    const dirty = await migrate('--write');
    write(SHOP);
    rmSync(join(folder, 'src/signals'), { recursive: true });
    write({ '.gitignore': 'node_modules\ndist\n' });
    git('add', '.');
    git('commit', '--quiet', '-m', 'before');
    const clean = await migrate('--write');

    expect([outside, dirty, clean].map(({ errors }) => errors)).toEqual([
      'Warning: this is no git repository, so these changes cannot be undone with it.\n',
      'Warning: the work tree has other changes that are not committed.\n',
      '',
    ]);
    expect(clean.out).toContain('4 files were written. Compile, run the tests, and look at the changes.\n');
  });

  it('says what it leaves alone, and that nothing is to be done', async () => {
    write({ 'src/mails.ts': SHOP['src/mails.ts'].replace("'order.placed'", "'order.*'") });
    const left = await migrate('--write');
    rmSync(join(folder, 'src'), { recursive: true });
    const nothing = await migrate();

    const places = [
      '  src/mails.ts:7: it has a wildcard',
      '  order.placed  src/orders.ts:9: src/mails.ts:7 may mean it, too; --name order.placed migrates it all the same',
    ];
    expect(left).toEqual({ code: 0, errors: '', out: ['', 'Left alone:', ...places, '', ''].join('\n') });
    expect(nothing.out).toBe('Nothing is sent or received with @nestjs/event-emitter.\n');
  });

  it('writes all files or none', async () => {
    write({ 'src/signals': 'a file where a folder is needed' });
    const { code, errors } = await migrate('--write');

    expect([code, errors]).toEqual([2, expect.stringContaining('src/signals')]);
    expect(Object.keys(SHOP).map(read)).toEqual(Object.values(SHOP));
  });

  it('migrates the names that --name gives', async () => {
    expect((await migrate('--name', 'order.paid', '--name', 'order.lost')).out).not.toContain('becomes');
    expect((await migrate('--name', 'order.placed')).out).toContain('order.placed becomes OrderPlaced');
  });
});
