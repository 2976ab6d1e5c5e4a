import type { Sources } from '../source/index.js';

const FLAG = '--experimental-vm-modules';

/** The scripts of an application that run Jest without what it needs for packages of ES modules, as a sentence. */
export function jestHint(sources: Sources): string | undefined {
  const { scripts } = sources.json<{ scripts: object | null }>('package.json') ?? {};
  const names = Object.entries(scripts ?? {}).flatMap(([name, script]) => (runsJest(script) ? [name] : []));
  if (names.length === 0 || sources.files.read('package.json')?.includes(FLAG)) return undefined;
  return `Jest loads nestjs-signals from Node 24.9 on, with NODE_OPTIONS=${FLAG}: set it where these scripts run: ${names.join(', ')}.`;
}

function runsJest(script: unknown): boolean {
  return typeof script === 'string' && /(?:^|[\s/])jest(?:\.js)?(?:\s|$)/.test(script);
}
