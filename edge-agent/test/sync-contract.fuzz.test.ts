import { globalScope } from '@aicarpool/shared-protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Fact, ResourceName } from '../../control-plane/src/fleet/facts.ts';
import { buildViews, type Snapshot } from '../../control-plane/src/fleet/sync/build-views.ts';
import { composeAnswer } from '../../control-plane/src/fleet/sync/compose-answer.ts';
import { ScopeImages } from '../../control-plane/src/fleet/sync/scope-images.ts';
import type { OpenConfig } from '../src/snapshot/open-keep.ts';
import { groupBody, keyBody, serviceBody, sha256 } from './config-source.ts';
import { type KeepFixture, keepFixture } from './keep-fixture.ts';

const groups = ['grp_a', 'grp_b'];
const keys = Array.from({ length: 8 }, (_, at) => `k${at}`);

/** The config as the control plane would have it, with its log. */
class World {
  readonly scopes = new Map<string, Map<string, Fact>>();
  readonly served = new Set<string>([globalScope]);
  #log: { version: number; scope: string; name: ResourceName }[] = [];
  head = 1;
  startsAfter = 0;
  epoch = 'first';

  put(scope: string, kind: string, id: string, body: object | undefined): void {
    const held = this.scopes.get(scope) ?? new Map<string, Fact>();
    this.scopes.set(scope, held);
    this.head += 1;
    if (body === undefined) held.delete(`${kind}/${id}`);
    else held.set(`${kind}/${id}`, { kind, id, body: body as Fact['body'] });
    this.#log.push({ version: this.head, scope, name: { kind, id } });
  }

  prune(): void {
    this.startsAfter = Math.max(this.startsAfter, this.head - 2);
  }

  failOver(): void {
    this.epoch += '+';
    this.head = Math.max(1, this.head - 3);
    this.scopes.get('grp_a')?.delete('key/k1');
    this.#log = [];
    this.startsAfter = this.head;
  }

  snapshot(): Snapshot {
    const facts = (scope: string) => [...(this.scopes.get(scope)?.values() ?? [])];
    return {
      epoch: this.epoch,
      head: this.head,
      readScope: async (scope) => facts(scope),
      readResources: async (scope, names) =>
        facts(scope).filter(({ kind, id }) => names.some((name) => name.kind === kind && name.id === id)),
      readChanges: async () => (scope, from) => {
        if (from < this.startsAfter || from > this.head) return undefined;
        const since = this.#log.filter((entry) => entry.scope === scope && entry.version > from);
        return [...new Map(since.map(({ name }) => [`${name.kind}/${name.id}`, name])).values()];
      },
    };
  }
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constant('key' as const),
      scope: fc.constantFrom(...groups),
      id: fc.constantFrom(...keys),
      limit: fc.option(fc.nat(3), { nil: undefined }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('group' as const), scope: fc.constantFrom(...groups), name: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('poison' as const), scope: fc.constantFrom(...groups) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('place' as const), scope: fc.constantFrom(...groups) }) },
  { weight: 1, arbitrary: fc.constant({ act: 'prune' as const }) },
  { weight: 1, arbitrary: fc.constant({ act: 'fail over' as const }) },
  { weight: 1, arbitrary: fc.constant({ act: 'crash' as const }) },
  {
    weight: 6,
    arbitrary: fc.record({ act: fc.constant('sync' as const), outcome: fc.constantFrom('arrives', 'is lost', 'arrives twice') }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function change(world: World, step: Step): void {
  if (step.act === 'key') {
    const body =
      step.limit === undefined
        ? undefined
        : keyBody(step.id, step.scope, `${step.scope}/${step.id}`, { token_limit: step.limit });
    world.put(step.scope, 'key', step.id, body);
  }
  if (step.act === 'group') world.put(step.scope, 'group', step.scope, groupBody(step.scope, { name: `name ${step.name}` }));
  if (step.act === 'poison') world.put(step.scope, 'group', step.scope, { poison: true });
  if (step.act === 'place' && !world.served.delete(step.scope)) world.served.add(step.scope);
  if (step.act === 'prune') world.prune();
  if (step.act === 'fail over') world.failOver();
}

/** One question and its answer, by way of JSON; true: there is more. */
async function sync(
  world: World,
  config: OpenConfig,
  images: ScopeImages,
  clock: KeepFixture['clock'],
  outcome: string,
): Promise<boolean> {
  const request = await config.keep.question(1);
  const views = await buildViews(world.snapshot(), images, request, [...world.served].sort());
  const drops = Object.keys(request.digests).filter((scope) => !world.served.has(scope));
  const base = request.epoch === world.epoch ? request.have.base : 0;
  const composed = composeAnswer({ epoch: world.epoch, head: world.head, base, drops, views }, { resources: 3, bytes: 1500 });
  if (outcome === 'is lost') return true;
  const answer = JSON.parse(JSON.stringify({ ...composed, epoch: world.epoch, center_time: '2026-11-21T00:00:00Z' }));
  const taken = await config.keep.take(answer, { ...clock });
  expect(taken.mismatched).toEqual([]);
  if (outcome === 'arrives twice') await config.keep.take(answer, { ...clock });
  return taken.more || taken.changed;
}

function seen(config: OpenConfig): unknown {
  const snapshot = config.current.pin();
  return groups.map((scope) => {
    const limits = keys.map((id) => snapshot?.findKey(sha256(`${scope}/${id}`))?.tokenLimit);
    return [snapshot?.findGroup(scope)?.name, limits];
  });
}

function expected(world: World): unknown {
  return groups.map((scope) => {
    const held = world.served.has(scope) ? world.scopes.get(scope) : undefined;
    return [held?.get(`group/${scope}`)?.body['name'], keys.map((id) => held?.get(`key/${id}`)?.body['token_limit'])];
  });
}

test('the planner of the control plane and the node understand each other, whatever is lost, doubled or restored', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.constantFrom(0, 1_000_000), async (steps, cacheBytes) => {
      const fixture = await keepFixture();
      const world = new World();
      const images = new ScopeImages(cacheBytes);
      let config = await fixture.open();
      world.put(globalScope, 'service', 'claude', serviceBody('claude'));
      for (const scope of groups) for (const id of keys.slice(0, 6)) change(world, { act: 'key', scope, id, limit: 0 });
      try {
        for (const one of steps) {
          if (one.act === 'sync') await sync(world, config, images, fixture.clock, one.outcome);
          else if (one.act === 'crash') {
            fixture.crash();
            config = await fixture.open();
          } else change(world, one);
        }
        for (const scope of groups) change(world, { act: 'group', scope, name: 9 });
        let rounds = 0;
        while (await sync(world, config, images, fixture.clock, 'arrives')) {
          rounds += 1;
          expect(rounds).toBeLessThan(60);
        }
        expect(seen(config)).toEqual(expected(world));
        const question = await config.keep.question(1);
        expect(question.rejects).toEqual([]);
        expect(Object.keys(question.digests).sort()).toEqual([...world.served].sort());
        expect(question.have).toEqual({ base: world.head, except: {} });
      } finally {
        fixture.remove();
      }
    }),
    { numRuns: 100 },
  );
});
