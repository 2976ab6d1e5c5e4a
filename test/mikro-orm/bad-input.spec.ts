import { defineEntity, p } from '@mikro-orm/postgresql';
import { Injectable, type Type } from '@nestjs/common';
import { OnSignal, PostSave, PreDelete, PreSave } from 'nestjs-signals';
import { startOrmApp } from '../support/orm.js';

const AddressSchema = defineEntity({ name: 'Address', embeddable: true, properties: { city: p.string() } });
class Address extends AddressSchema.class {}
AddressSchema.setClass(Address);

const UserSchema = defineEntity({
  name: 'User',
  properties: { id: p.integer().primary(), email: p.string(), address: () => p.embedded(Address).nullable() },
});
class User extends UserSchema.class {}
UserSchema.setClass(User);

class NotAnEntity {}

const start = (...providers: Type[]) => startOrmApp({ entities: [UserSchema, AddressSchema], providers });

describe('a mistake in a receiver of model signals', () => {
  it('is told at start: a sender that is no entity', async () => {
    @Injectable()
    class Audit {
      @OnSignal(PostSave, { sender: NotAnEntity })
      onSave() {}
    }
    const starting = start(Audit);

    await expect(starting).rejects.toMatchObject({ code: 'SENDER_NOT_AN_ENTITY' });
    await expect(starting).rejects.toThrow(/NotAnEntity is not an entity[^]*Audit\.onSave[^]*entities/);
  });

  it('is told at start: one of several senders that is no entity', async () => {
    @Injectable()
    class Audit {
      @OnSignal(PreDelete, { sender: [User, NotAnEntity] })
      onDelete() {}
    }

    await expect(start(Audit)).rejects.toMatchObject({ code: 'SENDER_NOT_AN_ENTITY' });
  });

  it('is told at start: an embeddable, which is never saved by itself', async () => {
    @Injectable()
    class Audit {
      @OnSignal(PostSave, { sender: Address })
      onSave() {}
    }

    await expect(start(Audit)).rejects.toThrow(/Address is an embeddable[^]*fix: ask for the entity/);
  });

  it('is told at start: a field that the entity does not have, with those that it has', async () => {
    @Injectable()
    class Audit {
      @OnSignal(PreSave, { sender: User, fields: ['emial' as never] })
      onSave() {}
    }
    const starting = start(Audit);

    await expect(starting).rejects.toMatchObject({ code: 'UNKNOWN_FIELD' });
    await expect(starting).rejects.toThrow(
      /'emial', which User does not have[^]*Audit\.onSave[^]*use one of id, email, address\./,
    );
  });

  it('is told by connect() later on, and connects nothing', async () => {
    await using t = await start();
    const postSave = t.app.get(PostSave);

    expect(() => postSave.connect(() => {}, { sender: NotAnEntity })).toThrow(
      expect.objectContaining({ code: 'SENDER_NOT_AN_ENTITY' }),
    );
    expect(postSave.hasReceivers(NotAnEntity)).toBe(false);
  });
});

describe('the sender of a model signal', () => {
  it('may be what defineEntity returned: it stands for its class', async () => {
    await using t = await start();
    const heard: string[] = [];
    t.app.get(PostSave).connect(({ instance }) => heard.push(instance.email), { sender: UserSchema });
    const em = t.fork();
    em.create(User, { email: 'ann@example.org' });

    await em.flush();

    expect(heard).toEqual(['ann@example.org']);
    expect(t.app.get(PostSave).hasReceivers(User)).toBe(true);
  });
});
