import { OnSignal, type PayloadOf, PostSave } from 'nestjs-signals';
import { quiet } from '../support/quiet.js';
import { EverythingSchema, MAPPED } from './mapped-entities.js';
import { startRows } from './rows-app.js';

quiet();

/** The changes of the last `PostSave`. */
class Saved {
  changes: object = {};

  @OnSignal(PostSave, { uid: 'saved' })
  saved({ changes }: PayloadOf<PostSave>) {
    this.changes = { ...changes };
  }
}

const VALUES = {
  id: 9007199254740993n,
  exact: '123456789012345678901234567890.1234567890',
  huge: 9223372036854775807n,
  float: 0.1,
  flag: true,
  at: new Date('2026-02-03T04:05:06.789Z'),
  day: '2026-02-03',
  hour: '10:11:12',
  data: { a: [1, null, { $: 'x' }], n: 1.5 },
  bytes: Buffer.from([0, 1, 255]),
  names: ['a', 'b "c"'],
  kind: 'b',
  uuid: 'b9f2f1f4-9c1d-4a57-8a4e-3d7ed3f0b1a2',
  money: { cents: 5 },
  address: { city: 'Bern', code: null },
  size: { width: 3 },
  sizes: [{ width: 1 }, { width: 2 }],
};

it('Values of a row that was changed are those that PostSave has, of every type', async () => {
  await using t = await startRows(EverythingSchema, { entities: MAPPED, providers: [Saved] });
  const em = t.fork();
  const saved = t.app.get(Saved);
  const row: object = em.create('Everything' as never, VALUES as never);
  await em.flush();
  const [created] = await t.next(1);
  expect(created!.changes).toEqual(withoutHidden(saved.changes));
  expect(created!.new).toMatchObject({ id: VALUES.id, exact: VALUES.exact, huge: VALUES.huge });

  const other = {
    exact: '0.0000000001',
    huge: -9223372036854775808n,
    float: 1e300,
    at: new Date(0),
    data: 'text',
  };
  Object.assign(row, { ...other, names: [], bytes: Buffer.from([7]), money: { cents: 9 }, size: { width: 9 } });
  await em.flush();
  const [updated] = await t.next(1);
  expect(updated!.changes).toEqual(stored(saved.changes));
  expect(updated!.key).toBe(VALUES.id);

  await t.sql('update everything set exact = 1.50, huge = null, parent_id = id, flag = false, at = null');
  const [written] = await t.next(1);
  expect(written!.new).toMatchObject({ huge: null, parent: VALUES.id, flag: false, at: null });
  expect(Object.keys(written!.changes).toSorted()).toEqual(['at', 'exact', 'flag', 'huge', 'parent']);
});

/** The values of `PostSave` without what is hidden, and with what a new row has without its being set. */
function withoutHidden(changes: object): object {
  const { address, ...rest } = changes as { address: { to: { city: string } } };
  return { ...stored(rest), address: { to: { city: address.to.city } }, parent: { to: null } };
}

/** Returns changes as durable messages hold them: bytes are plain. */
function stored(changes: object): object {
  const plain = (value: unknown) => (Buffer.isBuffer(value) ? new Uint8Array(value) : value);
  const entries = Object.entries(changes as Record<string, object>).map(([name, change]) => [
    name,
    Object.fromEntries(Object.entries(change).map(([end, value]) => [end, plain(value)])),
  ]);
  return Object.fromEntries(entries) as object;
}
