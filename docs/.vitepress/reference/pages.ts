import ts from 'typescript';
import { SIGNAL_ERROR_CODES } from '../../../lib/core/message/errors.ts';
import { DOORS, fileAt, sourcesIn } from '../../../test/house/repository.ts';
import { slugOf } from '../../../test/house/rules/markdown.ts';
import { codeOf, type Member, membersOf } from './declaration.ts';
import { docstringOf, sentence } from './docstring.ts';
import { type Exported, Sources } from './exports.ts';

/** Where each interface of options is given, in the order of the page. */
const OPTIONS: Readonly<Record<string, string>> = {
  SignalsModuleOptions: '`SignalsModule.forRoot()`',
  MikroOrmOptions: '`mikroOrm` of `SignalsModule.forRoot()`',
  PassportOptions: '`passport` of `SignalsModule.forRoot()`',
  SignalsModuleAsyncOptions: '`SignalsModule.forRootAsync()`',
  ConnectOptions: '`@OnSignal()` and `signal.connect()`',
  SendOptions: '`signal.send()`',
  AfterCommitOptions: '`afterCommit()`',
  DurableOptions: '`durable()`',
  LoginRouteOptions: '`@LoginRoute()`',
  PgBossOptions: '`pgBoss()`',
  MessageFilter: '`dead()`, `retry()`, `remove()` and `purge()`',
  DurableLimits: '`health()`',
  RowSignalsOptions: '`@RowSignals()`',
  RowTriggersOptions: '`rowTriggers()`',
  SignalsInspectorOptions: '`SignalsInspectorModule.forRoot()`',
  OpenTelemetryOptions: '`openTelemetry()`',
  SettledOptions: '`settled()`',
};

const GENERATED = '<!-- Written by `npm run docs:reference` from the docstrings of lib. -->';

/** Returns the generated pages of the manual: their text by path. */
export function referencePages(): Record<string, string> {
  const sources = new Sources(sourcesIn('lib'));
  const doors = [...DOORS].map(([door, path]) => [door, sources.exportsOf(path)] as const);
  const pages = doors.map(([door, names]) => [`docs/reference/${fileOf(door)}`, doorPage(door, names, sources)]);
  const all = doors.flatMap(([, names]) => names);
  return {
    'docs/options.md': optionsPage(all, sources),
    'docs/reference/shop.md': shopPage(),
    ...(Object.fromEntries(pages) as Record<string, string>),
  };
}

/** GitHub shows this picture in the folder of the sample, too. */
function shopPage(): string {
  const { text } = fileAt('sample/shop/SIGNALS.md');
  const about = 'What `npx nestjs-signals list --format mermaid` shows of `sample/shop`.';
  return `# The signals of the shop\n\n${GENERATED}\n\n${about}\n\n${text.slice(text.indexOf('```mermaid')).trimEnd()}\n`;
}

function fileOf(door: string): string {
  return `${door.split('/').at(-1)}.md`;
}

function optionsPage(names: readonly Exported[], sources: Sources): string {
  const tables = Object.entries(OPTIONS).map(([name, place]) => {
    const found = names.find(each => each.name === name);
    if (!found) throw new Error(`No door exports ${name}.`);
    const { text } = docstringOf(found.declarations);
    return [`## ${place}`, ...text, optionTable(membersOf(found, sources))].join('\n\n');
  });
  const intro =
    'Every option, from the docstrings that an editor shows. An option that does not exist is `UNKNOWN_OPTION` at start.';
  return `# Options\n\n${GENERATED}\n\n${intro}\n\n${tables.join('\n\n')}\n`;
}

function optionTable(members: readonly Member[]): string {
  const rows = members.map(member => {
    const [meaning, fallback = ''] = sentence(docstringOf(member.nodes)).split(/ ?Default: /);
    return [`\`${member.name}\``, typeOf(member), meaning ?? '', fallback.replace(/\.$/, '')];
  });
  return table(['option', 'type', 'meaning', 'default'], rows);
}

function doorPage(door: string, names: readonly Exported[], sources: Sources): string {
  const groups: Record<string, Exported[]> = { Signals: [], Classes: [], 'Functions and values': [], Types: [] };
  for (const name of names) groups[groupOf(name)]!.push(name);
  const parts = Object.entries(groups)
    .filter(([, group]) => group.length > 0)
    .map(([title, group]) => `## ${title}\n\n${group.map(each => entry(each, sources)).join('\n\n')}`);
  return `# The exports of ${door}\n\n${GENERATED}\n\nEverything that \`${door}\` exports.\n\n${parts.join('\n\n')}\n`;
}

function groupOf({ declarations: [node] }: Exported): string {
  if (!node || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return 'Types';
  if (!ts.isClassDeclaration(node)) return 'Functions and values';
  const isSignal = node.heritageClauses?.some(({ types }) => types.some(type => /Signal\b/.test(type.getText())));
  return isSignal ? 'Signals' : 'Classes';
}

function entry(exported: Exported, sources: Sources): string {
  const { name, declarations, source } = exported;
  const title = `### ${name}`;
  if (name in OPTIONS) {
    return `${title}\n\nSee [options](../options.md#${slugOf(OPTIONS[name]!)}).`;
  }
  if (name === 'SignalErrorCode') {
    const codes = SIGNAL_ERROR_CODES.map(code => `[\`${code}\`](../errors.md#${code.toLowerCase()})`);
    return `${title}\n\n${docs(exported)}\n\n${codes.join(', ')}`;
  }
  const isBody = declarations.some(node => ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node));
  const code = declarations.map(node => (isBody ? headOf(codeOf(node, source)) : codeOf(node, source))).join('\n');
  const members = isBody ? membersList(membersOf(exported, sources)) : '';
  return [title, `\`\`\`ts\n${code}\n\`\`\``, docs(exported), members].filter(part => part !== '').join('\n\n');
}

/** The head of a class or an interface: what stands before its members. */
function headOf(code: string): string {
  return code.replace(/\s*\{(\s*\n[^]*|\s*\}?)$/, '');
}

function docs({ declarations }: Exported): string {
  return contract(docstringOf(declarations));
}

function contract({ text, parameters, returns, throws }: ReturnType<typeof docstringOf>): string {
  const lines = [
    ...parameters.map(([name, about]) => `- \`${name}\`: ${about}`),
    ...(returns === '' ? [] : [`- Returns ${returns}`]),
    ...throws.map(thrown => `- Throws ${thrown}`),
  ];
  return [...text, ...(lines.length > 0 ? [lines.join('\n')] : [])].join('\n\n');
}

function membersList(members: readonly Member[]): string {
  const properties = members.filter(({ nodes: [node] }) => node && !isCallable(node));
  const methods = members.filter(({ nodes: [node] }) => node && isCallable(node));
  const rows = properties.map(member => [`\`${member.name}\``, typeOf(member), sentence(docstringOf(member.nodes))]);
  const calls = methods.map(({ name, nodes, source }) => {
    const code = nodes.map(node => codeOf(node, source)).join('\n');
    return `#### ${name}()\n\n\`\`\`ts\n${code}\n\`\`\`\n\n${contract(docstringOf(nodes))}`.trimEnd();
  });
  return [...(rows.length > 0 ? [table(['property', 'type', 'meaning'], rows)] : []), ...calls].join('\n\n');
}

function isCallable(node: ts.Node): boolean {
  return ts.isMethodDeclaration(node) || ts.isMethodSignature(node);
}

function typeOf({ nodes: [node], source }: Member): string {
  const type = node && 'type' in node ? (node.type as ts.TypeNode | undefined) : undefined;
  if (node && ts.isMethodSignature(node))
    return `\`${codeOf(node, source).replace(/\s+/g, ' ').replaceAll('|', '\\|')}\``;
  return type ? `\`${type.getText(source.ast).replace(/\s+/g, ' ').replaceAll('|', '\\|')}\`` : '';
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n');
}
