import { createRequire } from 'node:module';
import type * as devkit from '@angular-devkit/schematics';
import type { Rule } from '../../lib/schematics/index.js';

const ours = createRequire(import.meta.url);

/** The package that the Nest CLI runs schematics with, as its own schematics find it. */
const { HostTree } = createRequire(ours.resolve('@nestjs/schematics/package.json'))(
  '@angular-devkit/schematics',
) as typeof devkit;

/** The files of an application, and what schematics have said about them. */
export class Application {
  readonly tree = new HostTree();
  readonly said: string[] = [];

  constructor(files: Readonly<Record<string, string>>) {
    for (const [path, text] of Object.entries(files)) this.tree.create(path, text);
  }

  run(rule: Rule): this {
    const say = (text: string) => void this.said.push(text);
    rule(this.tree, { logger: { info: say, warn: say } });
    return this;
  }

  text(path: string): string {
    return this.tree.readText(path);
  }
}

export const MAIN = `import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

const app = await NestFactory.create(AppModule);
await app.listen(3000);
`;
