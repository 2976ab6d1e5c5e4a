import { COMMANDS } from '../../lib/cli/commands.js';
import { showsColors } from '../../lib/cli/terminal.js';
import { command } from './terminal.js';

const names = Object.keys(COMMANDS);

describe('The help of nestjs-signals', () => {
  it.each([[[]], [['--help']], [['-h']], [['help']]])('names every command: %j', async args => {
    const { code, out, errors } = await command(args);

    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(names.filter(name => !out.includes(`\n  ${name} `))).toEqual([]);
  });

  it.each(names)('shows the options of %s, and runs nothing', async name => {
    const texts = await Promise.all(
      [
        [name, '--help'],
        [name, '-h'],
        ['help', name],
        [name, 'much', 'too', 'much', '--help'],
      ].map(args => command(args)),
    );
    const [{ code, out, errors }] = texts as [Awaited<ReturnType<typeof command>>];
    const options = Object.keys(COMMANDS[name as keyof typeof COMMANDS].options);

    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(out).toMatch(new RegExp(`^Usage: nestjs-signals ${name}\\b.* \\[options\\]\n`));
    expect(options.filter(option => !out.includes(`\n  --${option} `))).toEqual([]);
    expect(out).toContain('\nExit codes: 0 done, ');
    expect(Math.max(...out.split('\n').map(line => line.length))).toBeLessThanOrEqual(100);
    for (const other of texts) expect(other).toEqual(texts[0]);
  });

  it('has the version of the package', async () => {
    const { out } = await command(['--version']);

    expect(out).toMatch(/^\d+\.\d+\.\d+\S*\n$/);
    expect(await command(['-v'])).toMatchObject({ code: 0, out });
  });
});

describe('A command that is none', () => {
  it.each([[['lits']], [['help', 'lits']], [['--lits']], [['constructor']], [['']]])(
    'is refused with the names of those that are: %j',
    async args => {
      const { code, out, errors } = await command(args);

      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(errors).toMatch(/^UNKNOWN_COMMAND: There is no command '.*'\.\n/);
      expect(errors).toContain(`fix: use one of ${names.join(', ')}.`);
    },
  );
});

describe('Colors', () => {
  it.each([
    ['a terminal', true, {}, true],
    ['a terminal that has none', true, { TERM: 'dumb' }, false],
    ['a terminal with NO_COLOR', true, { NO_COLOR: '1' }, false],
    ['a terminal with an empty NO_COLOR', true, { NO_COLOR: '' }, true],
    ['a terminal with FORCE_COLOR=0', true, { FORCE_COLOR: '0' }, false],
    ['a pipe', undefined, {}, false],
    ['a pipe with FORCE_COLOR', undefined, { FORCE_COLOR: '' }, true],
    ['a pipe with both', undefined, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('on %s: %s %j', (_, isTerminal, env, shown) => {
    expect(showsColors(isTerminal, env)).toBe(shown);
  });
});
