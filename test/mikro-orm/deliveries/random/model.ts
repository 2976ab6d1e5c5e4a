import type { Block, ImplicitFlush, Root, Step } from './program.js';

/** The outcome for the rows of a transaction: all were stored, none was, or only the server knows. */
export type Verdict = 'committed' | 'rolled back' | 'either';

/** A transaction or a savepoint, as far as the rules go. */
class Scope {
  /** The names of the rows that the server stores if the scope succeeds. */
  rows: string[] = [];
  /** The server has given it up. */
  isGivenUp = false;
  /** A receiver failed in it. */
  isRefused = false;
  violates = false;

  constructor(readonly connection: { isLost: boolean }) {}

  get canGoOn(): boolean {
    return !this.isGivenUp && !this.connection.isLost;
  }

  store(name: string): string[] {
    if (this.canGoOn) this.rows.push(name);
    return [name];
  }
}

/**
 * The rules, as small as they can be said: a savepoint that fails takes its own rows with it, a transaction all. A row
 * is named by where its step stands.
 */
export class Model {
  readonly verdicts = new Map<string, Verdict>();

  run(transaction: Root | ImplicitFlush, path: string): void {
    if (transaction.way === 'flush') this.runFlush(transaction, path);
    else this.runRoot(transaction, path);
  }

  private runFlush({ rows, failsAt, violates, fate }: ImplicitFlush, path: string): void {
    const names = Array.from({ length: rows }, (_, at) => `${path}.${at}`);
    const fails = violates || (failsAt !== undefined && failsAt < rows);
    this.settle(names, fails ? 'rolled back' : outcomeOf(fate));
  }

  private runRoot(root: Root, path: string): void {
    const scope = new Scope({ isLost: false });
    const sent = this.sent(root, scope, path);
    const before = scope.rows.filter(isToldBeforeCommit);
    const cannot = root.ends === 'throw' || !scope.canGoOn || scope.isRefused;
    const isStopped = cannot || (root.failsBeforeCommit && before.length > 0);
    this.settle(sent, 'rolled back');
    const stored = isStopped ? [] : [...scope.rows, ...before.map(name => `${name}!`)];
    this.settle(stored, scope.violates ? 'rolled back' : outcomeOf(root.fate));
  }

  /** Does the steps of a block. @returns every row that signals may have been sent about. */
  private sent({ steps }: Block, scope: Scope, path: string): string[] {
    return steps.flatMap((step, at) => this.step(step, scope, `${path}.${at}`));
  }

  private step(step: Step, scope: Scope, name: string): string[] {
    switch (step.do) {
      case 'save':
      case 'send':
      case 'sendSync':
        return scope.store(name);
      case 'before commit':
        return scope.store(`${name}?`);
      case 'robust':
        return step.fails ? [name] : scope.store(name);
      case 'robust at once':
        return step.fails.flatMap((fails, at) => (fails ? [`${name}.${at}`] : scope.store(`${name}.${at}`)));
      case 'catch a receiver':
        scope.isRefused ||= scope.canGoOn;
        return scope.store(name);
      case 'swallow':
        scope.isGivenUp = true;
        return [];
      case 'violate':
        scope.violates ||= scope.canGoOn;
        return [];
      case 'lose the connection':
        scope.connection.isLost ||= scope.canGoOn;
        return [];
      case 'nest':
        return step.anew ? this.anew(step.inside, name) : this.nest(step.inside, scope, name);
    }
  }

  private nest(inside: Block, outer: Scope, path: string): string[] {
    // No savepoint can be made.
    if (!outer.canGoOn) return [];
    const scope = new Scope(outer.connection);
    const sent = this.sent(inside, scope, path);
    if (inside.ends === 'commit' && scope.canGoOn && !scope.isRefused) {
      outer.rows.push(...scope.rows);
      outer.violates ||= scope.violates;
    }
    return sent;
  }

  private anew(inside: Block, path: string): string[] {
    this.runRoot({ ...inside, way: 'transactional', fate: undefined, failsBeforeCommit: false }, path);
    return [];
  }

  private settle(names: readonly string[], verdict: Verdict): void {
    for (const name of names) this.verdicts.set(name, verdict);
  }
}

function isToldBeforeCommit(name: string): boolean {
  return name.endsWith('?');
}

function outcomeOf(fate: Root['fate']): Verdict {
  if (fate === 'in') return 'either';
  return fate === 'before' ? 'rolled back' : 'committed';
}
