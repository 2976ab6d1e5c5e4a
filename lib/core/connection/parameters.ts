import { isProxy } from 'node:util/types';

/** The members of mocks of Jest and Vitest. */
interface Mock {
  readonly _isMockFunction?: true;
  readonly mock?: object;
  getMockImplementation?(): Function | undefined;
}

/** A mock function of Jest, Vitest or `node:test`: its own parameters do not show what it calls. */
export function isMock(call: Function): boolean {
  return (call as Mock)._isMockFunction === true || (isProxy(call) && (call as Mock).mock !== undefined);
}

/**
 * Whether a function is given the message: every function but one that declares exactly one plain parameter. A mock is
 * asked for its implementation, which may be another at the next call; without one it goes without the message.
 */
export function takesMessage(call: Function): boolean {
  if (!isMock(call)) return call.length !== 1 || declaresMore(call);
  const implementation = (call as Mock).getMockImplementation?.();
  if (!implementation) return call.length > 1;
  return implementation.length > 1 || declaresMore(implementation);
}

/** How `arguments` is passed on, or read one by one: what compilers make of rest parameters and of async functions. */
const PASSED_ON = /\bthis,\s*arguments\b|\barguments\s*\[/;

/** Whether more is taken than `length` counts: by a rest parameter, by one with a default, or through `arguments`. */
function declaresMore(call: Function): boolean {
  const source = Function.prototype.toString.call(call);
  if (source.includes('[native code]') || PASSED_ON.test(source)) return true;
  const list = parameterList(source);
  return list === undefined || list.includes(',') || list.startsWith('...') || list.includes('=');
}

const OPENING = '([{';
const CLOSING = ')]}';
/** Comments, and texts without a value in them. A text with one may hold anything: it counts as not understood. */
const SKIPPED = /^(?:\/\*[^]*?\*\/|\/\/.*|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\$])*`|\s+)/;
/** Up to the parameters: keywords, and a name, or one in quotes or brackets. */
const BEFORE_PARAMETERS = /^[^('"`[=/]*(?:\[[\w$.\s]*\]|'[^']*'|"[^"]*")?\s*\(/;
const SINGLE_NAME = /^(?:async\s+)?[^\s('"`[=,/]+\s*=>/;

/** The parameters without what is inside brackets, texts and comments, and without a comma at the end; undefined where that cannot be seen. */
function parameterList(source: string): string | undefined {
  if (SINGLE_NAME.test(source)) return '';
  const start = BEFORE_PARAMETERS.exec(source);
  if (!start) return undefined;
  let list = '';
  let depth = 0;
  for (let rest = source.slice(start[0].length); rest;) {
    const skipped = SKIPPED.exec(rest);
    rest = rest.slice(skipped?.[0].length ?? 0);
    if (skipped) continue;
    const char = rest[0]!;
    if (depth === 0 && char === ')') return list.replace(/,$/, '');
    if ('/`'.includes(char)) return undefined;
    if (depth === 0) list += char;
    depth += Number(OPENING.includes(char)) - Number(CLOSING.includes(char));
    rest = rest.slice(1);
  }
  return undefined;
}
