import type ts from 'typescript';
import type { Source } from '../source/index.js';
import type { Topic } from './topics.js';

/** A method that receives a name. */
export interface Receiving {
  readonly name: string;
  readonly source: Source;
  readonly decorator: ts.Decorator;
  readonly method: ts.MethodDeclaration;
  readonly at: string;
}

/** A parameter of a constructor, and the property that it makes. */
export interface Field {
  readonly source: Source;
  readonly owner: ts.ClassDeclaration;
  readonly parameter: ts.ParameterDeclaration;
  readonly name: string;
}

/** A statement that sends a name. */
export interface Sending {
  readonly name: string;
  readonly field: Field;
  readonly call: ts.CallExpression;
  readonly payload: ts.Expression | undefined;
  readonly at: string;
}

/** A place for which names cannot be migrated. */
export interface Obstacle {
  /** `src/orders.service.ts:12` */
  readonly at: string;
  /** The names that it stands in the way of. */
  readonly topic: Topic;
  readonly why: string;
}

/** Everything in the sources that has to do with names. */
export class Found {
  readonly receivings: Receiving[] = [];
  readonly sendings: Sending[] = [];
  readonly fields: Field[] = [];
  readonly obstacles: Obstacle[] = [];

  /** Notes a place for which names cannot be migrated. */
  leaveAlone(at: string, topic: Topic, why: string): void {
    this.obstacles.push({ at, topic, why });
  }
}

/** The module that the names are sent with today. */
export const MODULES = ['@nestjs/event-emitter', 'eventemitter2'];

/** Whether a class is an element of `providers` or `controllers`. */
export function isListed({ ts }: Source, use: ts.Node): boolean {
  const property = ts.isArrayLiteralExpression(use.parent) ? use.parent.parent : undefined;
  const name = property && ts.isPropertyAssignment(property) ? property.name.getText() : '';
  return /^(providers|controllers)$/.test(name);
}
