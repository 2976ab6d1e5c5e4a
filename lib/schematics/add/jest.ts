import type { Files } from '../source/index.js';

const FLAG = '--experimental-vm-modules';

/** The scripts of an application that run Jest without what it needs for packages of ES modules, as a sentence. */
export function jestHint(files: Files): string | undefined {
  const names = Object.entries(scriptsOf(files)).flatMap(([name, script]) => (runsJest(script) ? [name] : []));
  if (names.length === 0 || files.read('package.json')?.includes(FLAG)) return undefined;
  return `Jest loads nestjs-signals from Node 24.9 on, with NODE_OPTIONS=${FLAG}: set it where these scripts run: ${names.join(', ')}.`;
}

function runsJest(script: unknown): boolean {
  return typeof script === 'string' && /(?:^|[\s/])jest(?:\.js)?(?:\s|$)/.test(script);
}

function scriptsOf(files: Files): object {
  try {
    return (JSON.parse(files.read('package.json') ?? '{}') as { scripts?: object }).scripts ?? {};
  } catch {
    return {};
  }
}
