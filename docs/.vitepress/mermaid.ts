import { renderMermaidSVG } from 'beautiful-mermaid';
import type { MarkdownRenderer } from 'vitepress';

/**
 * Draws blocks of Mermaid when the site is built, so that a page needs no script for them. Their colours are those of the
 * theme; their styles are in `theme/style.css`, as a template of Vue may hold none.
 */
export function drawMermaid(markdown: MarkdownRenderer): void {
  const { fence } = markdown.renderer.rules;
  markdown.renderer.rules.fence = (tokens, at, ...rest) => {
    const token = tokens[at];
    if (token?.info.trim() !== 'mermaid') return fence!(tokens, at, ...rest);
    const svg = svgOf(token.content);
    const [, width] = /width="([\d.]+)"/.exec(svg) ?? [];
    return `<div class="mermaid${Number(width) > 600 ? ' wide' : ''}">${svg}</div>`;
  };
}

function svgOf(text: string): string {
  // It draws no slanted boxes.
  const known = text.replaceAll('[/', '[').replaceAll('/]', ']');
  return renderMermaidSVG(known, { bg: 'var(--vp-c-bg)', fg: 'var(--vp-c-text-1)', padding: 8 }).replace(
    /<style>[^]*?<\/style>/,
    '',
  );
}
