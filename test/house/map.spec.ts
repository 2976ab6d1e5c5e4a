import { fileAt, sourcesIn } from './repository.js';
import { importsOf } from './rules/imports.js';
import { rowsOf } from './rules/markdown.js';

const { text } = fileAt('lib/README.md');
const sources = sourcesIn('lib');

/** The lines of the map, each as the places that it names from left to right. */
const lines = (/```text\n([^`]*)```/.exec(text)?.[1] ?? '')
  .split('\n')
  .filter(line => line.includes('<-'))
  .map(line => line.split(' <- ').map(places => places.split(', ')));

/** Neighbours on a line: the second knows the first. */
const arrows = lines.flatMap(line =>
  line.slice(1).flatMap((places, at) => places.flatMap(place => line[at]!.map(known => [known, place] as const))),
);

function isAt(path: string, place: string): boolean {
  return place.endsWith('/*.ts')
    ? path.slice(0, path.lastIndexOf('/')) === `lib/${place.slice(0, -'/*.ts'.length)}`
    : path.startsWith(`lib/${place}/`);
}

/** The folders of lib, two levels deep: `core`, `core/message`. */
const folders = new Set(
  sources.flatMap(({ path }) => {
    const [, room, ...rest] = path.split('/').slice(0, -1);
    return room === undefined ? [] : [room, ...rest.slice(0, 1).map(folder => `${room}/${folder}`)];
  }),
);

/** The folders that the table of rooms names. */
const named = rowsOf(text).flatMap(([room = '', about = '']) => {
  const names = (cell: string) => [...cell.matchAll(/`([\w-]+)\/`/g)].map(([, name]) => name!);
  return names(room).flatMap(name => [name, ...names(about).map(folder => `${name}/${folder}`)]);
});

describe('The map of lib', () => {
  it('has arrows', () => {
    expect(arrows.length).toBeGreaterThan(9);
  });

  it.each(arrows)('has an arrow where it is: %s <- %s', (known, place) => {
    const imports = sources.filter(({ path }) => isAt(path, place)).flatMap(importsOf);

    expect(imports.some(({ target }) => target !== undefined && isAt(target, known))).toBe(true);
  });

  it('names every folder of lib, and no other', () => {
    expect(named.sort()).toEqual([...folders].sort());
  });
});
