import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Message, Signal } from 'nestjs-signals';
import { MAPPED, PENDING } from './groups.js';
import { adapt, differ, match, outcomeOf, problemsOf } from './mapping.js';
import { Recorder } from './recorder.js';
import { groupsOfTraces, type Scenario, scenariosOf, type Step, stepsOf } from './scenario.js';

describe('The traces', () => {
  it('are of one version of Django, and have a line in the timeline for every call', () => {
    const scenarios = groupsOfTraces().flatMap(scenariosOf);
    const calls = scenarios.map(scenario => stepsOf(scenario, []));

    expect(scenarios).toHaveLength(111);
    expect([...new Set(scenarios.map(({ django }) => django))]).toEqual(['5.2.17']);
    expect(calls).toEqual(scenarios.map(({ trace }) => trace));
  });

  it('are mapped, group by group, or pending', () => {
    expect([...Object.keys(MAPPED), ...PENDING].sort()).toEqual(groupsOfTraces());
  });

  it('have a spec for each group that is mapped, and none for the others', () => {
    const withSpec = groupsOfTraces().filter(group => existsSync(join(import.meta.dirname, `${group}.spec.ts`)));
    expect(withSpec).toEqual(Object.keys(MAPPED).sort());
  });
});

describe('A mapping', () => {
  it('leaves no scenario out, and has no entry that is no scenario', () => {
    const same = match('is the same', async () => {});
    const scenarios = [scenario({ scenario: 'save.create' }), scenario({ scenario: 'save.update' })];

    expect(problemsOf(scenarios, { 'save.create': same, 'save.old': same })).toEqual([
      'save.update has no entry',
      'save.old is no scenario',
    ]);
  });

  it('may be closer to Django than it has to be, and no less close', () => {
    const run = async () => {};
    const entries = {
      MATCH: match('is the same', run),
      ADAPT: adapt('is another', { because: 'of names' }, run),
      DIFFER: differ('DJANGO_BUG', 'is not so', {}, run),
    };
    const allowed = (['MATCH', 'ADAPT', 'DIFFER'] as const).map(uow_verdict =>
      Object.entries(entries)
        .filter(([, entry]) => problemsOf([scenario({ uow_verdict })], { 'save.create': entry }).length === 0)
        .map(([name]) => name),
    );

    expect(allowed).toEqual([['MATCH'], ['MATCH', 'ADAPT'], ['MATCH', 'ADAPT', 'DIFFER']]);
    expect(problemsOf([scenario({})], { 'save.create': entries.ADAPT })).toEqual([
      'save.create is ADAPT, and has to be MATCH',
    ]);
  });

  it('compares what happens here with the trace, adapted for the group and for the scenario', async () => {
    const django = scenario({
      trace: [{ signal: 'pre_save', raw: false, instance: 'Item#None' }],
      timeline: ['-- begin', 'SIGNAL pre_save', 'SQL INSERT item', 'TX COMMIT'],
      result: { pk: 1, type: 'frozenset' },
    });
    const everywhere = { because: 'there are no fixtures', steps: withoutRaw };
    const entry = adapt(
      'is another',
      { because: 'a set is a set', facts: ({ pk }) => ({ pk, type: 'Set' }) },
      async record => {
        record.line('SQL INSERT item');
        return { pk: 2 };
      },
    );

    expect(await outcomeOf(django, entry, { lines: ['--', 'SQL'], everywhere })).toEqual({
      steps: {
        here: ['SQL INSERT item'],
        expected: ['-- begin', { signal: 'pre_save', instance: 'Item#None' }, 'SQL INSERT item'],
      },
      facts: { here: { pk: 2 }, expected: { pk: 1, type: 'Set' } },
    });
  });

  it('compares a difference with what is said to be true instead', async () => {
    const entry = differ('DJANGO_BUG', 'is not so', { rows: 0 }, async () => ({ rows: 1 }));

    const { facts } = await outcomeOf(scenario({ result: { rows: 2 } }), entry);

    expect(facts).toEqual({ here: { rows: 1 }, expected: { rows: 0 } });
  });
});

describe('A recorder', () => {
  class Item {
    constructor(readonly id?: number) {}
  }
  class PostSave extends Signal<{ instance: Item; created: boolean; updateFields?: readonly string[] | null }> {}
  class M2mChanged extends Signal<{ pkSet: ReadonlySet<number> | null; model: unknown }> {}

  it('writes the sends of a signal down as the traces have them', async () => {
    const record = new Recorder();
    const [saved, changed] = [new PostSave(), new M2mChanged()];
    for (const signal of [saved, changed]) record.listenTo(signal);

    await saved.send(Item, { instance: new Item(7), created: true, updateFields: null });
    record.line('TX COMMIT');
    await saved.send(Item, { instance: new Item(), created: false, updateFields: ['name'] });
    await changed.send('Pizza_toppings', { pkSet: new Set([10, 9]), model: Item });
    await changed.send('Pizza_toppings', { pkSet: null, model: Item });

    expect(record.steps).toEqual([
      { signal: 'post_save', sender: 'Item', instance: 'Item#7', created: true, update_fields: null },
      'TX COMMIT',
      { signal: 'post_save', sender: 'Item', instance: 'Item#None', created: false, update_fields: ['name'] },
      { signal: 'm2m_changed', sender: 'Pizza_toppings', pk_set: [9, 10], model: 'Item' },
      { signal: 'm2m_changed', sender: 'Pizza_toppings', pk_set: null, model: 'Item' },
    ]);
  });

  it('writes the calls of named receivers down, before what these do', async () => {
    const record = new Recorder();
    const saved = new PostSave();
    saved.connect(
      record.receiver('boom', (_payload, { sender }: Message) => {
        record.line('-- boom');
        return sender;
      }),
    );
    const item = new Item();

    expect(await saved.send(item, { instance: item, created: true })).toMatchObject([
      { receiver: 'boom', value: item },
    ]);
    expect(record.steps).toEqual([{ signal: 'post_save', sender: 'Item()', receiver: 'boom' }, '-- boom']);
  });
});

function withoutRaw(steps: Step[]): Step[] {
  return steps.map(step => {
    if (typeof step === 'string') return step;
    const { raw: _, ...rest } = step;
    return rest;
  });
}

function scenario(parts: Partial<Scenario>): Scenario {
  return {
    scenario: 'save.create',
    group: 'save',
    django: '5.2.17',
    uow_verdict: 'MATCH',
    setup: '',
    trace: [],
    timeline: [],
    result: {},
    ...parts,
  };
}
