/** Comments. MySQL runs the text of one that begins with `/*!`. */
const COMMENT = /--[^\n]*|\/\*(?!!)[^]*?\*\//;
/** Strings and quoted names, which may hold any words. */
const QUOTED = /\b[eE]'(?:[^'\\]|\\[^]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|(\$\w*\$)[^]*?\1/;
const OPAQUE = new RegExp(`(?<comment>${COMMENT.source})|${QUOTED.source.replace('\\1', '\\2')}`, 'g');

/** To lock rows is only to read them. */
const LOCK = /\bfor\s+(?:no\s+key\s+)?update\b/gi;

const READ = /^[\s(]*(?:select|show|explain|describe|values|table|pragma|with)\b/i;
/** Where a statement may begin: first, after another one, or in brackets, as in a `with`. */
const WRITE = /(?:^|[();])\s*(?:insert|update|delete|merge|truncate|create|alter|drop)\b(?!\s*\()/i;
const EXPLAINED_WRITE = /^\s*explain\b[^]*\banalyze\b[^]*\b(?:insert|update|delete|merge|create)\b/i;
const SELECT_INTO = /\bselect\b[^;]*\binto\b/i;

/** Returns whether a statement only reads. The functions that a SELECT calls are not looked into. */
export function isRead(sql: string): boolean {
  const code = sql
    .replace(OPAQUE, (...match) => ((match.at(-1) as { comment?: string }).comment ? ' ' : ' "" '))
    .replace(LOCK, ' ');
  return READ.test(code) && !WRITE.test(code) && !EXPLAINED_WRITE.test(code) && !SELECT_INTO.test(code);
}
