import { fileAt } from '../house/repository.js';
import { codeBlocksOf } from '../house/rules/markdown.js';
import { command } from './terminal.js';

const SHOP = 'sample/shop/signals.ts';

describe('The signals of the shop', () => {
  it('are in its document', async () => {
    const args = ['list', SHOP, '--format', 'mermaid', '--check', 'sample/shop/SIGNALS.md'];

    expect(await command(args)).toEqual({ code: 0, out: '', errors: '' });
  });

  it.each(['README.md', 'docs/see-everything.md'])('are listed as %s shows one of them', async path => {
    const page = fileAt(path);
    const mark = `<!-- output of nestjs-signals list ${SHOP} --signal OrderPlaced -->`;
    const line = page.text.split('\n').indexOf(mark) + 2;
    const shown = codeBlocksOf(page).find(block => block.line === line);
    const { out } = await command(['list', SHOP, '--signal', 'OrderPlaced']);

    expect(out.split('\n\n')[0]).toBe(shown?.code);
  });
});
