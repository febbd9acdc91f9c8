import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConfigSource, globalScope, groupBody, keyBody, serviceBody, sha256 } from '../../test/config-source.ts';
import { keepFixture } from '../../test/keep-fixture.ts';
import type { Snapshot } from './snapshot.ts';

const group = fc.constantFrom('grp_a', 'grp_b', 'grp_c');
const number = fc.integer({ min: 0, max: 5 });
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('key' as const), group, number, on: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('remove' as const), group, number }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('group' as const), group, number }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drop' as const), group }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('epoch' as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('sync' as const), how: fc.constantFrom('whole', 'lost', 'twice', 'cut') }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const texts = Array.from({ length: 6 }, (_, number) => `acp_${number}`);

/** What a caller can see, from the source: the oracle. */
function expected(source: ConfigSource): unknown {
  const keys = texts.map((text) => {
    const found = [...source.scopes.values()]
      .flatMap((held) => [...held.values()])
      .find(({ body }) => body['hash'] === sha256(text));
    return found && [found.id, found.body['group_id'], found.body['status'] === 'active'];
  });
  const groups = ['grp_a', 'grp_b', 'grp_c'].map((id) => source.scopes.get(id)?.get(`group/${id}`)?.body['name']);
  return { keys, groups };
}

function seen(snapshot: Snapshot | undefined): unknown {
  const keys = texts.map((text) => {
    const key = snapshot?.findKey(sha256(text));
    return key && [key.id, key.groupId, key.active];
  });
  return { keys, groups: ['grp_a', 'grp_b', 'grp_c'].map((id) => snapshot?.findGroup(id)?.name) };
}

/** A key text belongs to one group at a time, as in the control plane; it may move. */
function change(source: ConfigSource, step: Step): void {
  if (step.do === 'key') {
    for (const [scope, held] of source.scopes) {
      if (scope !== step.group && held.has(`key/key_${step.number}`)) source.remove(scope, 'key', `key_${step.number}`);
    }
    const status = step.on ? 'active' : 'disabled';
    source.put(
      step.group,
      'key',
      `key_${step.number}`,
      keyBody(`key_${step.number}`, step.group, `acp_${step.number}`, { status }),
    );
  }
  if (step.do === 'remove') source.remove(step.group, 'key', `key_${step.number}`);
  if (step.do === 'group') source.put(step.group, 'group', step.group, groupBody(step.group, { name: `name ${step.number}` }));
  if (step.do === 'drop') source.drop(step.group);
  if (step.do === 'epoch') {
    source.epoch = `${source.epoch}+`;
    source.head = Math.max(1, source.head - 3);
    for (const [scope, held] of source.scopes) {
      for (const [name, row] of held)
        source.scopes.get(scope)?.set(name, { ...row, version: Math.min(row.version, source.head) });
    }
    source.removed.clear();
  }
}

test('whatever happens to the messages, the node ends with exactly what the control plane holds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const fixture = await keepFixture();
      const source = new ConfigSource();
      source.put(globalScope, 'service', 'claude', serviceBody('claude'));
      let config = await fixture.open();
      const round = async (how: string) => {
        const answer = source.answer(await config.keep.question(1));
        if (how === 'lost') return;
        const cut = how === 'cut' ? { ...answer, scopes: answer.scopes.map((scope) => ({ ...scope, upsert: [] })) } : answer;
        await config.keep.take(cut, fixture.clock);
        if (how === 'twice') await config.keep.take(cut, fixture.clock);
      };
      try {
        for (const one of steps) {
          if (one.do === 'sync') await round(one.how);
          else if (one.do === 'crash') {
            fixture.crash();
            config = await fixture.open();
          } else change(source, one);
        }
        for (let last = 0; last < 3; last += 1) await round('whole');
        expect(seen(config.current.pin())).toEqual(expected(source));
        fixture.crash();
        const again = await fixture.open();
        expect(seen(again.current.pin())).toEqual(expected(source));
        const { digests } = await again.keep.question(1);
        for (const scope of source.scopes.keys()) expect(digests[scope]).toBe(source.digest(scope));
      } finally {
        fixture.remove();
      }
    }),
    { numRuns: 60 },
  );
});
