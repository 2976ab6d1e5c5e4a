import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { afterCommit, type PayloadOf, PostSave, Signal } from 'nestjs-signals';
import { REGISTRY } from '../../../lib/core/index.js';
import { adapt, differ, type Mapping, match } from '../mapping.js';
import { Item } from '../models/entities.js';
import { type ModelRecorder, onModels, type World } from '../models/world.js';
import { errorOf, ValueError } from '../recorder.js';

type Saved = PayloadOf<PostSave, Item>;

/** The signal for a function that a program passes to `on_commit` directly. */
class Registered extends Signal<{ run: () => unknown }> {}

/** Hands a function over, to be called after COMMIT. */
function onCommit(world: World): (run: () => unknown) => Promise<unknown> {
  const registered = new Registered();
  registered[REGISTRY] = world.registry;
  registered.connect(({ run }) => run(), { delivery: afterCommit, uid: 'on_commit' });
  return run => registered.send(null, { run });
}

function afterSave(record: ModelRecorder, receive: (payload: Saved) => unknown, uid: string): void {
  record.connect<Saved>(PostSave, Item, receive, { delivery: afterCommit, uid });
}

export const COMMIT: Mapping = {
  'commit.on_commit_runs_after_commit': match(
    'afterCommit receivers run after the outermost COMMIT, in the order of what was sent',
    onModels(async (_world, record, em) => {
      record.listenTo([PostSave]);
      afterSave(record, ({ instance }) => record.line(`ON_COMMIT Item#${instance.id}`), 'on_commit');
      await em.transactional(async inner => {
        for (const name of ['a', 'b']) {
          inner.create(Item, { name });
          await inner.flush();
        }
        record.line('-- end of atomic block');
      });
    }),
  ),

  'commit.on_commit_without_transaction_is_immediate': differ(
    'A_FLUSH_IS_A_TRANSACTION',
    'a flush has a transaction of its own: afterCommit receivers run when its receivers have ended, before it returns',
    { order: ['receiver ends', 'after commit', 'flush returned'] },
    onModels(async (_world, record, em) => {
      const order: string[] = [];
      afterSave(record, () => order.push('after commit'), 'on_commit');
      record.connect(PostSave, Item, () => order.push('receiver ends'));
      em.create(Item, { name: 'a' });
      await em.flush();
      order.push('flush returned');
      return { order };
    }),
  ),

  'commit.on_commit_savepoint_rollback': match(
    'a savepoint that is rolled back drops what was sent in it, and nothing else',
    onModels(async (_world, record, em) => {
      record.listenTo([PostSave]);
      const names: string[] = [];
      afterSave(
        record,
        ({ instance }) => {
          record.line(`ON_COMMIT ${instance.name}`);
          names.push(instance.name);
        },
        'on_commit',
      );
      await em.transactional(async outer => {
        outer.create(Item, { id: 1, name: 'a' });
        await outer.flush();
        await errorOf(() =>
          outer.transactional(async inner => {
            inner.create(Item, { id: 2, name: 'b' });
            await inner.flush();
            throw new ValueError('inner');
          }),
        );
        outer.create(Item, { id: 2, name: 'c' });
        await outer.flush();
      });
      return { names };
    }),
  ),

  'commit.on_commit_error_drops_the_rest': differ(
    'AFTER_COMMIT_IS_ISOLATED',
    'an error after COMMIT is logged, the others run, and the caller gets no error',
    { raised: null, rows: 1, ran: ['1', '2 raises', '3'], logged: 1 },
    onModels(async (world, record, em) => {
      const ran: string[] = [];
      return { ...(await threeReceivers(world, record, em, line => ran.push(line))), ran };
    }),
  ),

  'commit.on_commit_robust': match(
    'afterCommit receivers are as robust as Django can make them',
    onModels(async (world, record, em) => {
      const { raised } = await threeReceivers(world, record, em, line => record.line(`ON_COMMIT ${line}`));
      return { raised };
    }),
  ),

  'commit.on_commit_inside_on_commit': adapt(
    'what is sent after a COMMIT has a COMMIT of its own, and is received before the remaining receivers',
    { because: 'the row is flushed in a transaction of its own, not in autocommit' },
    onModels(async (world, record, em) => {
      const register = onCommit(world);
      afterSave(record, ({ instance }) => record.line(`ON_COMMIT for ${instance.name}`), 'on_commit');
      await em.transactional(async inner => {
        await register(async () => {
          const own = world.fork();
          own.create(Item, { name: 'b' });
          await own.flush();
        });
        await register(() => record.line('ON_COMMIT last'));
        inner.create(Item, { name: 'a' });
      });
    }),
  ),

  'commit.instance_state_in_on_commit': match(
    'receivers share the live instance, and see its last state; `changes` are those of their own message',
    onModels(async (_world, record, em) => {
      const changes: unknown[] = [];
      afterSave(
        record,
        payload => {
          const created = payload.created ? 'True' : 'False';
          record.line(`ON_COMMIT created=${created} name=${payload.instance.name}`);
          changes.push(payload.changes.name?.to);
        },
        'on_commit',
      );
      await em.transactional(async inner => {
        const item = inner.create(Item, { name: 'first' });
        await inner.flush();
        item.name = 'second';
        await inner.flush();
      });
      return { changes };
    }),
    { because: 'Django has no changes', facts: () => ({ changes: ['first', 'second'] }) },
  ),
};

/** Three receivers after a COMMIT, of which the second fails. */
async function threeReceivers(
  world: World,
  record: ModelRecorder,
  em: ReturnType<World['fork']>,
  note: (line: string) => void,
) {
  const log = jest.spyOn(Logger.prototype, 'error').mockReturnValue();
  for (const uid of ['1', '2', '3']) {
    afterSave(
      record,
      () => {
        note(uid === '2' ? '2 raises' : uid);
        if (uid === '2') throw new ValueError('hook');
      },
      uid,
    );
  }
  const raised = await errorOf(() => em.transactional(async inner => void inner.create(Item, { name: 'a' })));
  const logged = log.mock.calls.length;
  log.mockRestore();
  return { raised, rows: await world.count(Item), logged };
}
