// #region audit-log
import { EntityManager, wrap } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { type Change, type Message, OnSignal, payloadIs, type PayloadOf, PostDelete, PostSave } from 'nestjs-signals';
import { AuditEntry } from './entities.js';

@Injectable()
export class AuditLog {
  constructor(private readonly em: EntityManager) {}

  @OnSignal([PostSave, PostDelete], { when: (_payload, { sender }) => sender !== AuditEntry })
  write(payload: PayloadOf<PostSave> | PayloadOf<PostDelete>, message: Message): void {
    const saved = payloadIs(PostSave, payload, message) ? payload : undefined;
    this.em.create(AuditEntry, {
      actor: String(message.context.actor ?? 'the system'),
      action: saved ? (saved.created ? 'create' : 'update') : 'delete',
      entity: payload.instance.constructor.name,
      key: String(wrap(payload.instance, true).getPrimaryKey()),
      changes: shown(saved?.changes ?? {}),
    });
  }
}

/** Without what the entity hides, such as the hash of a password. */
function shown(changes: object): Record<string, Change> {
  const entries = Object.entries(changes as Record<string, Change>);
  return Object.fromEntries(entries.filter(([, { hidden }]) => !hidden));
}
// #endregion
