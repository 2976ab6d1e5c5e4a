import { fileAt } from '../house/repository.js';
import { codeBlocksOf } from '../house/rules/markdown.js';
import { command } from './terminal.js';

const SHOP = 'sample/shop/signals.ts';

describe('The signals of the shop', () => {
  it('are in its document', async () => {
    const args = ['list', SHOP, '--format', 'mermaid', '--check', 'sample/shop/SIGNALS.md'];

    expect(await command(args)).toEqual({ code: 0, out: '', errors: '' });
  });

  it('are listed as README.md shows one of them', async () => {
    const readme = fileAt('README.md');
    const mark = `<!-- output of nestjs-signals list ${SHOP} --signal OrderPlaced -->`;
    const line = readme.text.split('\n').indexOf(mark) + 2;
    const shown = codeBlocksOf(readme).find(block => block.line === line);
    const { out } = await command(['list', SHOP, '--signal', 'OrderPlaced']);

    expect(out.split('\n\n')[0]).toBe(shown?.code);
  });
});
