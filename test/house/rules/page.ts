import ts from 'typescript';
import { nodesOf, place, type Source } from '../repository.js';
import type { Rule } from '../rule.js';

/** Ways from a text to HTML or to a program. */
const MARKUP = /^(dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|srcdoc|write|writeln|setHTMLUnsafe)$/;
const PROGRAMS = /^(eval|Function|DOMParser|createContextualFragment|importScripts)$/;
/** The attributes that a Content-Security-Policy without inline scripts and styles refuses. */
const ATTRIBUTES = /^(style|on[a-z]+|src|srcset|action|formAction)$/;

function refuseNames(source: Source): string[] {
  return [...nodesOf(source.ast)].flatMap(node => {
    const isName = ts.isIdentifier(node) || ts.isStringLiteral(node);
    return isName && (MARKUP.test(node.text) || PROGRAMS.test(node.text))
      ? [`${place(source, node)} ${node.text}`]
      : [];
  });
}

function refuseAttributes(source: Source): string[] {
  return [...nodesOf(source.ast)].filter(ts.isJsxAttribute).flatMap(node => {
    const name = node.name.getText();
    const isText = node.initializer !== undefined && ts.isStringLiteral(node.initializer);
    const isTemplate = node.initializer?.getText().startsWith('{`') === true;
    return ATTRIBUTES.test(name) && (isText || isTemplate) ? [`${place(source, node)} ${name}`] : [];
  });
}

/** An address that a value begins could be one of a script. */
function refuseAddresses(source: Source): string[] {
  return [...nodesOf(source.ast)].filter(ts.isJsxAttribute).flatMap(node => {
    const value = node.initializer?.getText() ?? '';
    return node.name.getText() === 'href' && !/^("#|\{addressOf\()/.test(value)
      ? [`${place(source, node)} ${value}`]
      : [];
  });
}

/** Nothing from a payload, a header, a cookie or an error becomes HTML. */
export const PAGE_RULES: readonly Rule<Source>[] = [
  {
    says: 'the live page makes neither HTML nor programs of texts',
    check: sources => sources.flatMap(refuseNames),
    broken: {
      by: {
        'lib/inspector/page/a.tsx': `const a = <p dangerouslySetInnerHTML={{ __html: text }} />;\nplace.innerHTML = text; place['outerHTML'] = text;\neval(text); new DOMParser();`,
        'lib/inspector/page/b.tsx': 'const b = <p>{text}</p>;',
      },
      findings: [
        'lib/inspector/page/a.tsx:1 dangerouslySetInnerHTML',
        'lib/inspector/page/a.tsx:2 innerHTML',
        'lib/inspector/page/a.tsx:2 outerHTML',
        'lib/inspector/page/a.tsx:3 eval',
        'lib/inspector/page/a.tsx:3 DOMParser',
      ],
    },
  },
  {
    says: 'the live page has no inline handler and no inline style',
    check: sources => sources.flatMap(refuseAttributes),
    broken: {
      by: {
        'lib/inspector/page/a.tsx':
          'const a = <p style="color:red" onclick="go()">{b}</p>;\nconst b = <p style={{ color }} onClick={go} src={`${text}`} />;',
      },
      findings: [
        'lib/inspector/page/a.tsx:1 style',
        'lib/inspector/page/a.tsx:1 onclick',
        'lib/inspector/page/a.tsx:2 src',
      ],
    },
  },
  {
    says: 'the live page links to nothing but its own views',
    check: sources => sources.flatMap(refuseAddresses),
    broken: {
      by: { 'lib/inspector/page/a.tsx': "const a = <a href={text}><a href={addressOf('now')} /></a>;" },
      findings: ['lib/inspector/page/a.tsx:1 {text}'],
    },
  },
];
