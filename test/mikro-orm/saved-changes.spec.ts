import { Injectable, type Type } from '@nestjs/common';
import { OnSignal, type PayloadOf, PostDelete, PostSave, PreDelete, PreSave } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';
import { entities, Item } from './saving/items.js';

/** The payloads of one signal, as they were when it was sent. */
function recorderOf(signal: typeof PreSave | typeof PostSave): Type<{ payloads: PayloadOf<PostSave, Item>[] }> {
  @Injectable()
  class Recorder {
    readonly payloads: PayloadOf<PostSave, Item>[] = [];

    @OnSignal(signal, { sender: Item })
    record(payload: PayloadOf<PostSave, Item>) {
      this.payloads.push(payload);
    }
  }
  return Recorder;
}

describe('changes', () => {
  it('hold every set property of a new row, without `from`', async () => {
    const Recorder = recorderOf(PreSave);
    await using t = await startOrmApp({ entities, providers: [Recorder] });
    const em = t.fork();
    const madeOn = new Date('2026-01-02T03:04:05Z');
    em.create(Item, { name: 'chair', price: 12n, madeOn, labels: { color: 'red' }, tags: ['a', 'b'] });

    await em.flush();

    const [payload] = t.app.get(Recorder).payloads;
    expect(payload!.updateFields).toBeNull();
    expect(payload!.changes).toMatchObject({
      name: { to: 'chair' },
      quantity: { to: 0 },
      price: { to: 12n },
      madeOn: { to: madeOn },
      labels: { to: { color: 'red' } },
      tags: { to: ['a', 'b'] },
    });
    expect(Object.values(payload!.changes).some(change => 'from' in change)).toBe(false);
  });

  it('hold the changed properties of an updated row, in JavaScript values on both sides', async () => {
    const Recorder = recorderOf(PostSave);
    await using t = await startOrmApp({ entities, providers: [Recorder] });
    const em = t.fork();
    const parent = em.create(Item, { name: 'parent' });
    em.create(Item, { name: 'chair', price: 12n, labels: { color: 'red' }, tags: ['a'] });
    await em.flush();
    t.app.get(Recorder).payloads.length = 0;

    const later = t.fork();
    const item = await later.findOneOrFail(Item, { name: 'chair' });
    item.price = 13n;
    item.madeOn = new Date('2026-01-02T03:04:05Z');
    item.labels!.color = 'blue';
    item.tags = null;
    item.parent = later.getReference(Item, parent.id);
    await later.flush();

    const [payload] = t.app.get(Recorder).payloads;
    expect(payload!.changes).toEqual({
      price: { from: 12n, to: 13n },
      madeOn: { from: null, to: new Date('2026-01-02T03:04:05Z') },
      labels: { from: { color: 'red' }, to: { color: 'blue' } },
      tags: { from: ['a'], to: null },
      parent: { from: null, to: parent.id },
    });
    expect([...payload!.updateFields!].sort()).toEqual(['labels', 'madeOn', 'parent', 'price', 'tags']);
  });

  it('leave `from` out where the property had not been loaded', async () => {
    const Recorder = recorderOf(PostSave);
    await using t = await startOrmApp({ entities, providers: [Recorder] });
    const em = t.fork();
    em.create(Item, { name: 'chair', quantity: 1 });
    await em.flush();
    t.app.get(Recorder).payloads.length = 0;

    const later = t.fork();
    const item = await later.findOneOrFail(Item, { name: 'chair' }, { fields: ['name'] });
    (item as Item).quantity = 2;
    await later.flush();

    expect(t.app.get(Recorder).payloads[0]!.changes).toEqual({ quantity: { to: 2 } });
  });

  it('decide whether a receiver that asks for fields is called; a new row always counts', async () => {
    @Injectable()
    class Stock {
      readonly received: string[] = [];

      @OnSignal(PostSave, { sender: Item, fields: ['quantity', 'price'] })
      onChange({ instance, updateFields }: PayloadOf<PostSave, Item>) {
        this.received.push(`${instance.name} ${updateFields?.join() ?? 'new'}`);
      }
    }
    await using t = await startOrmApp({ entities, providers: [Stock] });
    const em = t.fork();
    const item = em.create(Item, { name: 'chair' });
    await em.flush();

    item.name = 'table';
    await em.flush();
    item.quantity = 2;
    await em.flush();

    expect(t.app.get(Stock).received).toEqual(['chair new', 'table quantity']);
  });
});

describe('original', () => {
  it('is the deleted row as it was last read', async () => {
    @Injectable()
    class Undertaker {
      readonly originals: unknown[] = [];

      @OnSignal([PreDelete, PostDelete], { sender: Item })
      bury({ original }: PayloadOf<PostDelete, Item>) {
        this.originals.push(original);
      }
    }
    await using t = await startOrmApp({ entities, providers: [Undertaker] });
    const em = t.fork();
    em.create(Item, { name: 'chair', price: 12n, tags: ['a'] });
    await em.flush();

    const later = t.fork();
    const item = await later.findOneOrFail(Item, { name: 'chair' });
    item.name = 'changed, and never stored';
    later.remove(item);
    await later.flush();

    const [before, after] = t.app.get(Undertaker).originals;
    expect(before).toMatchObject({ name: 'chair', price: 12n, tags: ['a'], parent: null });
    expect(after).toEqual(before);
  });
});
