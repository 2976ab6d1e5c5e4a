import { defineEntity, type MikroORM, p } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { OnSignal, PreSave } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';

const GuestSchema = defineEntity({
  name: 'Guest',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    seat: () => p.oneToOne(Seat).mappedBy('guest').nullable(),
  },
});
class Guest extends GuestSchema.class {}
GuestSchema.setClass(Guest);

const SeatSchema = defineEntity({
  name: 'Seat',
  properties: {
    id: p.integer().primary(),
    row: p.integer(),
    code: p.string().nullable().unique(),
    guest: () => p.oneToOne(Guest).owner().inversedBy('seat').nullable(),
  },
});
class Seat extends SeatSchema.class {}
SeatSchema.setClass(Seat);

/** Two seats, and what a receiver does to them. */
@Injectable()
class Usher {
  act: (() => void) | undefined;

  @OnSignal(PreSave)
  onSave() {
    this.act?.();
    this.act = undefined;
  }
}

describe('A unique value that a receiver gives to another row of the flush', () => {
  it.each([
    ['the first to the second', 0, 1],
    ['the second to the first', 1, 0],
  ])('is given up before it is taken, from %s', async (_, from, to) => {
    await using started = await startOrmApp({ entities: [SeatSchema, GuestSchema], providers: [Usher] });
    const { seats, guest, em } = await seated(started.orm, from);
    started.app.get(Usher).act = () => {
      seats[from]!.code = null;
      seats[to]!.code = 'A1';
      seats[to]!.guest = guest;
    };
    for (const seat of seats) seat.row = 2;
    await em.flush();
    expect(await stored(started.orm)).toEqual([
      { row: 2, code: to === 0 ? 'A1' : null, guest: to === 0 ? 'Ann' : null },
      { row: 2, code: to === 1 ? 'A1' : null, guest: to === 1 ? 'Ann' : null },
    ]);
  });
});

async function seated(orm: MikroORM, taken: number) {
  const first = orm.em.fork();
  const ann = first.create(Guest, { name: 'Ann' });
  for (const at of [0, 1]) {
    first.create(Seat, { row: 1, ...(at === taken && { code: 'A1', guest: ann }) });
    // One by one, for the server looks at rows in the order in which they came.
    await first.flush();
  }
  const em = orm.em.fork();
  const seats = await em.find(Seat, {}, { orderBy: { id: 1 }, populate: ['guest'] });
  return { em, seats, guest: seats[taken]!.guest! };
}

async function stored(orm: MikroORM) {
  const seats = await orm.em.fork().find(Seat, {}, { orderBy: { id: 1 }, populate: ['guest'] });
  return seats.map(({ row, code, guest }) => ({ row, code, guest: guest?.name ?? null }));
}
