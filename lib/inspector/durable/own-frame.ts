import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How a stack names a place: `at Receipts.mail (file:///app/receipts.js:12:5)`. */
const FRAME = /^\s+at (?:(.+) \()?(?:async )?((?:file:|\/|[A-Za-z]:[\\/]).+?):(\d+):\d+\)?$/;

/** The first place of a stack that is in neither a package nor Node: `Receipts.mail receipts.js:12`. */
export function ownFrameOf(stack: string | undefined, directory = process.cwd()): string | undefined {
  for (const line of stack?.split('\n') ?? []) {
    const [, name, place, number] = FRAME.exec(line) ?? [];
    if (place === undefined || /[\\/]node_modules[\\/]/.test(place)) continue;
    const path = relative(directory, pathOf(place)).split(sep).join('/');
    return `${name === undefined ? '' : `${name} `}${path}:${number}`;
  }
  return undefined;
}

function pathOf(place: string): string {
  try {
    return place.startsWith('file:') ? fileURLToPath(place.split('?')[0]!) : place;
  } catch {
    return place;
  }
}
