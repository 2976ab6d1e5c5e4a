import type { MikroORM } from '@mikro-orm/core';
import { getMikroORMToken, MikroOrmModule } from '@mikro-orm/nestjs';
import { durable, TaskFinished, TaskStarted } from 'nestjs-signals';
import { inProcess, settled } from 'nestjs-signals/testing';
import { OrderPlaced, OrderSchema } from '../pg-boss/orders.js';
import { startOrmApp } from '../support/orm.js';
import { SQLITE } from '../support/sqlite.js';

describe('inProcess, with two MikroORMs', () => {
  it('sends task signals with the EntityManager of the MikroORM that the message is of, as the receiver has it', async () => {
    const entities = [OrderSchema];
    const imports = [MikroOrmModule.forRoot({ ...SQLITE, contextName: 'other', entities })];
    const signals = { durable: inProcess() };
    await using t = await startOrmApp({ config: SQLITE, signals, imports, entities, providers: [OrderPlaced] });
    const seen: string[] = [];
    const placed = t.app.get(OrderPlaced);
    placed.connect((_payload, { em }) => void seen.push(`call ${em!.name}`), { uid: 'reads', delivery: durable() });
    t.app.get(TaskStarted).connect((_payload, { em }) => void seen.push(`started ${em!.name}`));
    t.app.get(TaskFinished).connect((_payload, { em }) => void seen.push(`finished ${em!.name}`));

    const em = t.app.get<MikroORM>(getMikroORMToken('other')).em.fork();
    await em.transactional(() => placed.send(undefined, { name: 'one' }, { em }));
    await settled(t.app);

    expect(seen).toEqual(['started other', 'call other', 'finished other']);
  });
});
