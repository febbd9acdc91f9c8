import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelEdge } from '../../../test/model-edge.ts';
import type { Fact, ResourceName } from '../facts.ts';
import { buildViews, type Snapshot } from './build-views.ts';
import { composeAnswer } from './compose-answer.ts';
import { droppedScopes } from './held-scopes.ts';
import { readyOf } from './scope-image.ts';
import { ScopeImages } from './scope-images.ts';

type Bodies = Map<string, number>;

/** The config as carpool and the change log would have it. */
class World {
  readonly scopes = new Map<string, Bodies>();
  readonly served = new Set<string>();
  #log: { version: number; scope: string; id: string }[] = [];
  head = 1;
  startsAfter = 0;
  epoch = 'first';

  put(scope: string, id: string, value: number | undefined): void {
    const bodies = this.scopes.get(scope) ?? new Map<string, number>();
    this.scopes.set(scope, bodies);
    if (value === undefined) bodies.delete(id);
    else bodies.set(id, value);
    this.#log.push({ version: this.head + 1, scope, id });
  }

  commit(): void {
    this.head += 1;
  }

  prune(): void {
    this.startsAfter = Math.max(this.startsAfter, this.head - 2);
    this.#log = this.#log.filter(({ version }) => version > this.startsAfter);
  }

  failOver(): void {
    this.epoch += '+';
    for (const bodies of this.scopes.values()) bodies.delete('k1');
    this.head = Math.max(1, this.head - 2);
    this.#log = [];
    this.startsAfter = this.head;
  }

  facts(scope: string): Fact[] {
    return [...(this.scopes.get(scope) ?? [])].map(([id, value]) => factOf(id, value));
  }

  snapshot(): Snapshot {
    return {
      epoch: this.epoch,
      head: this.head,
      readScope: async (scope) => this.facts(scope),
      readResources: async (scope, names) => this.facts(scope).filter(({ id }) => names.some((name) => name.id === id)),
      readChanges: async () => (scope, from) => {
        if (from < this.startsAfter || from > this.head) return undefined;
        const ids = new Set(this.#log.filter((entry) => entry.scope === scope && entry.version > from).map(({ id }) => id));
        return [...ids].map((id): ResourceName => ({ kind: kindOf(id), id }));
      },
    };
  }
}

const kindOf = (id: string): string => (id.startsWith('u') ? 'upstream' : 'key');
const factOf = (id: string, value: number): Fact => ({ kind: kindOf(id), id, body: { id, value } });

const room = { resources: 3, bytes: 600 };

type Outcome = 'arrives' | 'is lost' | 'arrives twice';

async function sync(world: World, node: ModelEdge, images: ScopeImages, outcome: Outcome): Promise<boolean> {
  const request = node.request();
  const views = await buildViews(world.snapshot(), images, request, [...world.served].sort());
  const drops = droppedScopes(request, world.served);
  const base = request.epoch === world.epoch ? request.have.base : 0;
  const answer = composeAnswer({ epoch: world.epoch, head: world.head, base, drops, views }, room);
  if (outcome === 'is lost') return true;
  node.apply({ epoch: world.epoch, ...answer });
  if (outcome === 'arrives twice') node.apply({ epoch: world.epoch, ...answer });
  if (!node.wasCorrupted && !answer.more) expectExact(world, node);
  return answer.more;
}

function expectExact(world: World, node: ModelEdge): void {
  expect(new Set(node.scopes.keys())).toEqual(world.served);
  for (const [scope, { resources, version }] of node.scopes) {
    const expected = world.facts(scope).map((fact) => readyOf(fact).upsert);
    expect(new Set(resources.values())).toEqual(new Set(expected));
    expect(version).toBe(world.head);
  }
  expect(node.aside.size).toBe(0);
  expect(node.base).toBe(world.head);
}

const scopeNames = ['global', 'grp_a', 'grp_b'];
const ids = ['u1', 'u2', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7', 'k8', 'k9'];

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constant('put' as const),
      scope: fc.constantFrom(...scopeNames),
      id: fc.constantFrom(...ids),
      value: fc.option(fc.nat(3), { nil: undefined }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constant('move' as const),
      from: fc.constantFrom(...scopeNames),
      to: fc.constantFrom(...scopeNames),
      id: fc.constantFrom(...ids),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ act: 'commit' as const }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('place' as const), scope: fc.constantFrom('grp_a', 'grp_b') }) },
  { weight: 1, arbitrary: fc.constant({ act: 'prune' as const }) },
  { weight: 1, arbitrary: fc.constant({ act: 'fail over' as const }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('corrupt' as const), scope: fc.constantFrom(...scopeNames) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      act: fc.constant('sync' as const),
      outcome: fc.constantFrom('arrives' as const, 'is lost' as const, 'arrives twice' as const),
    }),
  },
);

async function play(
  steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[],
  cacheBytes: number,
): Promise<{ world: World; node: ModelEdge }> {
  const world = new World();
  const node = new ModelEdge();
  const images = new ScopeImages(cacheBytes);
  world.served.add('global');
  for (const scope of scopeNames) for (const id of ids.slice(0, 8)) world.put(scope, id, 0);
  world.commit();
  for (const each of steps) {
    if (each.act === 'put') world.put(each.scope, each.id, each.value);
    else if (each.act === 'move') {
      world.put(each.to, each.id, world.scopes.get(each.from)?.get(each.id));
      if (each.from !== each.to) world.put(each.from, each.id, undefined);
    } else if (each.act === 'place') {
      if (!world.served.delete(each.scope)) world.served.add(each.scope);
    } else if (each.act === 'corrupt') node.corrupt(each.scope);
    else if (each.act === 'sync') {
      world.commit();
      await sync(world, node, images, each.outcome);
    } else if (each.act === 'commit') world.commit();
    else if (each.act === 'prune') {
      world.commit();
      world.prune();
    } else {
      world.commit();
      world.failOver();
    }
  }
  world.commit();
  let rounds = 0;
  while ((await sync(world, node, images, 'arrives')) || rounds < 3) {
    rounds += 1;
    expect(rounds).toBeLessThan(60);
  }
  return { world, node };
}

describe('the delta algebra', () => {
  it('ends with exactly what the node serves, whatever happened before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.constantFrom(0, 900, 1_000_000), async (steps, cacheBytes) => {
        const { world, node } = await play(steps, cacheBytes);
        expectExact(world, node);
        if (!node.wasCorrupted) expect(node.mismatches).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });
});
