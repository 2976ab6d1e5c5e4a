import { stripVTControlCharacters } from 'node:util';
import { afterCommit, beforeCommit, PostSave } from 'nestjs-signals';
import { Item, Placed, startItems } from './items.js';
import { add, WAYS } from './ways.js';

let t: Awaited<ReturnType<typeof startItems>>;
let statements: string[] = [];

beforeAll(async () => {
  const logger = (line: string) =>
    statements.push(stripVTControlCharacters(line).replaceAll(/^\[query\] | \[took.*$/g, ''));
  t = await startItems({ config: { debug: ['query'], logger } });
});
afterAll(() => t[Symbol.asyncDispose]());

const PROBE = 'select pg_current_xact_id_if_assigned()::text as xid';

describe.each(Object.entries(WAYS))('In %s', (_way, run) => {
  async function sent(...connections: Disposable[]): Promise<string[]> {
    statements = [];
    await run(t.fork(), async em => {
      add(em, 'chair');
    });
    connections.forEach(connection => connection[Symbol.dispose]());
    return statements;
  }

  it('a flush without deferred receivers costs no statement', async () => {
    const bare = await sent();
    const received = await sent(
      t.app.get(PostSave).connect(() => {}),
      t.app.get(PostSave).connect(() => {}, { sender: Item, delivery: afterCommit, when: () => false }),
    );

    expect(bare.filter(statement => statement.startsWith('insert'))).toHaveLength(1);
    expect(received).toEqual(bare);
  });

  it('what is kept costs one, just before COMMIT, however much it is', async () => {
    const bare = await sent();
    const kept = await sent(
      t.app.get(PostSave).connect(() => t.app.get(Placed).send(null, { name: 'x' })),
      t.app.get(PostSave).connect(() => {}, { delivery: afterCommit }),
      t.app.get(Placed).connect(() => {}, { delivery: beforeCommit }),
    );

    const commit = bare.indexOf('commit');
    expect(kept).toEqual([...bare.slice(0, commit), PROBE, ...bare.slice(commit)]);
  });
});
