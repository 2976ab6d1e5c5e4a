import { EntitySchema, raw } from '@mikro-orm/core';
import { PreSave } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';
import { SQLITE } from '../support/sqlite.js';

class Vehicle {
  id!: number;
  name!: string;
  wheels!: number;
}
class Car extends Vehicle {
  seats!: number;
}

const entities = [
  new EntitySchema<Vehicle>({
    class: Vehicle,
    inheritance: 'tpt',
    properties: { id: { type: 'integer', primary: true }, name: { type: 'string' }, wheels: { type: 'integer' } },
  }),
  new EntitySchema<Car, Vehicle>({ class: Car, extends: Vehicle, properties: { seats: { type: 'integer' } } }),
];

/** An application with one car, and a receiver of `PreSave` that changes cars that are updated. */
async function startGarage(change: (car: Car) => void) {
  const t = await startOrmApp({ entities, providers: [PreSave], config: SQLITE });
  const em = t.fork();
  em.create(Car, { name: 'old', wheels: 4, seats: 2 });
  await em.flush();
  t.app.get(PreSave).connect(({ instance, created }) => (created ? undefined : change(instance as Car)));
  return t;
}

describe('a receiver of PreSave', () => {
  it('changes a table of the entity that the flush would not have written', async () => {
    await using t = await startGarage(car => (car.name = 'new'));
    const em = t.fork();

    (await em.findOneOrFail(Car, { name: 'old' })).seats = 5;
    await em.flush();

    expect(await t.fork().findAll(Car)).toEqual([expect.objectContaining({ name: 'new', wheels: 4, seats: 5 })]);
  });

  it('changes a row that was not loaded, and leaves the rest of it', async () => {
    await using t = await startGarage(car => (car.name = 'new'));
    const em = t.fork();

    em.getReference(Car, 1).seats = 5;
    await em.flush();

    expect(await t.fork().findAll(Car)).toEqual([expect.objectContaining({ name: 'new', wheels: 4, seats: 5 })]);
  });

  it('sets a value that only the database can compute', async () => {
    await using t = await startGarage(car => Object.assign(car, { wheels: raw('wheels + 2') }));
    const em = t.fork();

    (await em.findOneOrFail(Car, { name: 'old' })).name = 'new';
    await em.flush();

    expect(await t.fork().findAll(Car)).toEqual([expect.objectContaining({ name: 'new', wheels: 6, seats: 2 })]);
  });
});
