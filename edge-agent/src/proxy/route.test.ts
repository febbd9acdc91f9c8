import { describe, expect, it } from 'vitest';
import { pricedModel, type SnapshotInput, sha256, testKey, testSnapshot } from '../../test/snapshot.ts';
import type { Caller } from './exchange.ts';
import { route } from './route.ts';

function callerOf(input: Partial<SnapshotInput>): Caller {
  const snapshot = testSnapshot({ baseUrls: ['https://a.example', 'https://b.example', 'https://c.example'], ...input });
  const key = snapshot.findKey(sha256(testKey));
  const group = key && snapshot.findGroup(key.groupId);
  if (!key || !group) throw new Error('the test snapshot has no key');
  return { key, group };
}

const idsOf = (plan: ReturnType<typeof route>) =>
  plan.ok ? plan.candidates.map(({ upstream }) => upstream.id) : plan.refusal.code;

describe('route', () => {
  it('puts accounts in order of priority', () => {
    expect(idsOf(route(callerOf({}), 'anthropic-messages', 'any', () => 0.5))).toEqual(['ups_0', 'ups_1', 'ups_2']);
  });

  it('spreads requests over accounts of equal priority by weight, and asks weight 0 last', () => {
    const caller = callerOf({ upstream: { priority: 0 } });
    const routes = caller.group.routes.get('gemini') ?? [];
    const weights = [300, 100, 0];
    const weighed = {
      ...caller,
      group: {
        ...caller.group,
        routes: new Map([
          [
            'gemini' as const,
            routes.map((one) => ({
              ...one,
              upstreams: one.upstreams.map((upstream, at) => ({ ...upstream, weight: weights[at] ?? 0 })),
            })),
          ],
        ]),
      },
    };
    let seed = 7;
    const random = () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const firsts: Record<string, number> = {};
    for (let draw = 0; draw < 4_000; draw += 1) {
      const ids = idsOf(route(weighed, 'gemini', 'any', random));
      firsts[ids[0] ?? ''] = (firsts[ids[0] ?? ''] ?? 0) + 1;
      expect(ids[2]).toBe('ups_2');
    }
    expect(firsts['ups_0']).toBeGreaterThan(2_850);
    expect(firsts['ups_0']).toBeLessThan(3_150);
  });

  it('says first what the key may not, then what the group does not offer, then what nobody knows', () => {
    const nobody = { service: { knowsModel: () => false } };
    const restricted = { key: { restrictedModels: new Set(['other']) } };
    const codeOf = (input: Partial<SnapshotInput>) => idsOf(route(callerOf(input), 'gemini', 'm', Math.random));
    expect(codeOf({ ...nobody, ...restricted })).toBe('model_not_allowed');
    expect(codeOf({ allowsModel: () => false })).toBe('model_not_allowed');
    expect(codeOf(nobody)).toBe('model_unknown');
    expect(codeOf({ service: { status: 'inactive' } })).toBe('service_not_offered');
    expect(codeOf({ service: { status: 'maintenance' } })).toBe('upstream_none');
    expect(codeOf({ baseUrls: [] })).toBe('upstream_none');
    expect(codeOf({ group: { routes: new Map() } })).toBe('service_not_offered');
  });

  it('names at most ten models of those that are offered', () => {
    const models = Array.from({ length: 12 }, (_, at) => ({ ...pricedModel, model: `model-${at}` }));
    const plan = route(callerOf({ models, service: { knowsModel: () => false } }), 'gemini', 'm', Math.random);
    expect(plan.ok ? '' : plan.refusal.message).toContain('model-9, and 2 more');
  });
});
