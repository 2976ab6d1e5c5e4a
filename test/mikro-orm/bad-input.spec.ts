import { jest } from '@jest/globals';
import { EntitySchema } from '@mikro-orm/core';
import { defineEntity, p } from '@mikro-orm/postgresql';
import { Injectable, Logger, type Type } from '@nestjs/common';
import { M2mChanged, OnSignal, PostSave, PreDelete, PreMigrate, PreSave } from 'nestjs-signals';
import { startApp } from '../support/app.js';
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

abstract class Contact {
  id!: number;
  email!: string;
}
const ContactSchema = new EntitySchema<Contact>({
  class: Contact,
  abstract: true,
  properties: { id: { type: 'integer', primary: true }, email: { type: 'string' } },
});
class Customer extends Contact {
  number!: number;
}
const CustomerSchema = new EntitySchema<Customer, Contact>({
  class: Customer,
  extends: Contact,
  properties: { number: { type: 'integer' } },
});

class NotAnEntity {}

const start = (...providers: Type[]) =>
  startOrmApp({ entities: [UserSchema, AddressSchema, ContactSchema, CustomerSchema], providers });

describe('a mistake in a receiver of model signals', () => {
  it('is refused at start: a sender that is no entity', async () => {
    @Injectable()
    class Audit {
      @OnSignal(PostSave, { sender: NotAnEntity })
      onSave() {}
    }
    const starting = start(Audit);

    await expect(starting).rejects.toMatchObject({ code: 'SENDER_NOT_AN_ENTITY' });
    await expect(starting).rejects.toThrow(/NotAnEntity is not an entity[^]*Audit\.onSave[^]*entities/);
  });

  it('is refused at start: one of several senders that is no entity', async () => {
    @Injectable()
    class Audit {
      @OnSignal(PreDelete, { sender: [User, NotAnEntity] })
      onDelete() {}
    }

    await expect(start(Audit)).rejects.toMatchObject({ code: 'SENDER_NOT_AN_ENTITY' });
  });

  it('is refused at start: an embeddable, which is never saved by itself', async () => {
    @Injectable()
    class Audit {
      @OnSignal(PostSave, { sender: Address })
      onSave() {}
    }

    await expect(start(Audit)).rejects.toThrow(/Address is an embeddable[^]*fix: ask for the entity/);
  });

  it('is refused at start: a field that the entity does not have, with those that it has', async () => {
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

  it('is refused by connect() later on, and connects nothing', async () => {
    await using t = await start();
    const postSave = t.app.get(PostSave);

    expect(() => postSave.connect(() => {}, { sender: NotAnEntity })).toThrow(
      expect.objectContaining({ code: 'SENDER_NOT_AN_ENTITY' }),
    );
    expect(postSave.hasReceivers(NotAnEntity)).toBe(false);
  });
});

describe('an application with MikroORM installed, but none in it', () => {
  it.each([{ sender: User }, {}])('is warned of receivers of model signals, and of nothing else: %p', async options => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    @Injectable()
    class Audit {
      @OnSignal(PostSave, options)
      onSave() {}

      @OnSignal(M2mChanged)
      onChange() {}

      @OnSignal(PreMigrate)
      onMigrate() {}
    }
    await using _ = await startApp({ providers: [Audit] });

    expect(warn.mock.calls.flat()).toEqual([
      expect.stringMatching(/^Audit.onSave receives PostSave, .*: it has no MikroORM, or .*mikroOrm: false/),
      expect.stringMatching(/^Audit.onChange receives M2mChanged, .*: it has no MikroORM/),
      expect.stringMatching(/^Audit.onMigrate receives PreMigrate, .*: it has no MikroORM/),
    ]);
    warn.mockRestore();
  });
});

describe('a class that several entities extend', () => {
  it('is a sender with `includeSubclasses`, also where MikroORM does not know it, and is refused without', async () => {
    await using t = await start();
    const postSave = t.app.get(PostSave);
    const received: string[] = [];
    const options = { sender: Contact, includeSubclasses: true, fields: ['email' as const] };
    postSave.connect(({ instance }) => received.push(instance.constructor.name), options);
    const em = t.fork();
    em.create(Customer, { email: 'ann@example.org', number: 1 });
    em.create(User, { email: 'bob@example.org' });

    await em.flush();

    expect(received).toEqual(['Customer']);
    expect(() => postSave.connect(() => {}, { sender: Contact })).toThrow(
      /Contact is abstract[^]*includeSubclasses: true/,
    );
    expect(() => postSave.connect(() => {}, { ...options, fields: ['name' as never] })).toThrow(
      /'name', which Customer does not have/,
    );
  });
});

describe('the sender of a model signal', () => {
  it('may be what defineEntity returned: it stands for its class', async () => {
    await using t = await start();
    const received: string[] = [];
    t.app.get(PostSave).connect(({ instance }) => received.push(instance.email), { sender: UserSchema });
    const em = t.fork();
    em.create(User, { email: 'ann@example.org' });

    await em.flush();

    expect(received).toEqual(['ann@example.org']);
    expect(t.app.get(PostSave).hasReceivers(User)).toBe(true);
  });
});
