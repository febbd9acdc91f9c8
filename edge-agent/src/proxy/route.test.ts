import type { Dialect } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { pricedModel } from '../../test/snapshot.ts';
import { RequestHints } from '../dialects/index.ts';
import { Health } from '../health/health.ts';
import { AnswerHomes } from '../routing/answer-homes.ts';
import { InFlight } from '../routing/in-flight.ts';
import { group, key, model, type RouteInput, serviceRoute, upstream } from '../routing/test/entries.ts';
import type { Agent } from './agent.ts';
import type { Caller, Question } from './exchange.ts';
import { answerHeaders, type Plan, route } from './route.ts';

interface Scene {
  readonly services?: readonly RouteInput[];
  readonly routing?: object;
  readonly key?: Parameters<typeof key>[0];
  readonly model?: string;
  readonly dialect?: Dialect;
  readonly session?: string;
  readonly random?: () => number;
  readonly inFlight?: InFlight;
  readonly answerHomes?: AnswerHomes;
  readonly resting?: readonly string[];
}

const accounts = ['a', 'b', 'c'].map((id, at) => upstream(id, { priority: at }));
const claude: RouteInput = { id: 'claude', models: [model('m')], upstreams: accounts };

function planOf(scene: Scene): Plan {
  const { services = [claude], dialect = 'anthropic-messages', random = () => 0.5 } = scene;
  const { inFlight = new InFlight(), answerHomes = new AnswerHomes() } = scene;
  const caller: Caller = { key: key(scene.key), group: group(services.map(serviceRoute), scene.routing) };
  const body = Buffer.from(JSON.stringify({ model: scene.model ?? 'm', messages: [{ role: 'user', content: 'hi' }] }));
  const question: Question = {
    body,
    facts: { model: scene.model ?? 'm', stream: false, maxOutputTokens: null },
    hints: new RequestHints(dialect, body),
    booked: { tokens: 0 },
  };
  const endpoint = {
    dialect,
    operation: 'generate',
    nativePath: '/x',
    search: '',
    modelInPath: null,
    streamInPath: null,
  } as const;
  const headers = scene.session === undefined ? {} : { 'session-id': scene.session };
  return route(
    { answerHomes, inFlight, random, health: healthOf(scene), nowMs: () => 0 },
    { endpoint, request: { headers } as never },
    caller,
    question,
  );
}

function healthOf({ resting = [] }: Scene): Pick<Agent['health'], 'figures' | 'sift'> {
  const known = new Health();
  return {
    figures: (id) => known.figures(id),
    sift: (candidates) => ({
      ready: candidates.filter(({ upstream: { id } }) => !resting.includes(id)),
      resting: [],
    }),
  };
}

function idsOf(scene: Scene): readonly string[] {
  const plan = planOf(scene);
  return plan.ok ? plan.candidates.map(({ upstream: { id } }) => id) : [plan.refusal.code];
}

describe('route', () => {
  it('puts accounts in order of priority', () => {
    expect(idsOf({})).toEqual(['a', 'b', 'c']);
    expect(idsOf({ routing: { sticky: false } })).toEqual(['a', 'b', 'c']);
  });

  it('spreads requests over accounts of equal priority by weight, and asks weight 0 last', () => {
    const weighed = [300, 100, 0].map((weight, at) => upstream(`w${at}`, { weight }));
    let seed = 7;
    const random = () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    for (const sticky of [false, true]) {
      const firsts: Record<string, number> = {};
      for (let draw = 0; draw < 4_000; draw += 1) {
        const scene = { services: [{ ...claude, upstreams: weighed }], routing: { sticky }, random, session: `s${draw}` };
        const ids = idsOf(scene);
        firsts[ids[0] ?? ''] = (firsts[ids[0] ?? ''] ?? 0) + 1;
        expect(ids[2]).toBe('w2');
      }
      expect(firsts['w0']).toBeGreaterThan(2_850);
      expect(firsts['w0']).toBeLessThan(3_150);
    }
  });

  it('keeps a session on its account, and not where the group does not want that', () => {
    const equal = Array.from({ length: 8 }, (_, at) => upstream(`e${at}`));
    const services = [{ ...claude, upstreams: equal }];
    const firstsOf = (routing: object) => {
      const draws = Array.from({ length: 20 }, () => idsOf({ services, routing, session: 'one', random: Math.random })[0]);
      return new Set(draws).size;
    };
    expect(firstsOf({ sticky: true })).toBe(1);
    expect(firstsOf({ sticky: false })).toBeGreaterThan(1);
  });

  it('puts accounts at their cap behind all others, and refuses when every one is at it', () => {
    const inFlight = new InFlight();
    const capped = ['a', 'b'].map((id, at) => upstream(id, { concurrency: 1, priority: at }));
    const services = [{ ...claude, upstreams: capped }];
    const leave = inFlight.enter('a');
    expect(idsOf({ services, inFlight })).toEqual(['b', 'a']);
    inFlight.enter('b');
    expect(planOf({ services, inFlight })).toMatchObject({ refusal: { code: 'too_many_at_once', retryAfterSeconds: 1 } });
    leave();
    leave();
    expect(idsOf({ services, inFlight })).toEqual(['a', 'b']);
  });

  it('tells of a request for which no account is free, once for each, and of no other', () => {
    const told: string[] = [];
    const turnedAway = (id: string) => void told.push(id);
    const inFlight = new InFlight({ turnedAway });
    const services = [{ ...claude, upstreams: ['a', 'b'].map((id) => upstream(id, { concurrency: 1 })) }];
    inFlight.enter('a');
    expect(idsOf({ services, inFlight })).toEqual(['b', 'a']);
    expect(told).toEqual([]);
    inFlight.enter('b');
    planOf({ services, inFlight });
    expect(told.toSorted()).toEqual(['a', 'b']);
  });

  it('puts accounts that rest behind, and lets the others share all there is without them', () => {
    expect(idsOf({ resting: ['a'] })).toEqual(['b', 'c', 'a']);
    const equal = Array.from({ length: 10 }, (_, at) => upstream(`e${at}`));
    const scene: Scene = { services: [{ ...claude, upstreams: equal }], session: 's' };
    const inFlight = new InFlight();
    const usual = idsOf(scene);
    const resting = usual.slice(2);
    const [first = '', second = ''] = usual;
    // Nine for one of ten would be beyond its bound; for one of the two that are left it is not.
    for (let at = 0; at < 9; at += 1) for (const id of [first, second]) inFlight.enter(id);
    expect(idsOf({ ...scene, inFlight })[0]).not.toBe(first);
    expect(idsOf({ ...scene, inFlight, resting }).slice(0, 2)).toEqual([first, second]);
  });

  it('gives a member his own accounts only where everybody brings one, and the shared ones only elsewhere', () => {
    const owned = [upstream('mine', { ownerId: 'usr_test' }), upstream('yours', { ownerId: 'usr_other' }), upstream('shared')];
    const as = (authMethod: 'individual_keys' | 'shared_account' | 'proxy_auth') =>
      idsOf({ services: [{ ...claude, upstreams: owned, authMethod }] });
    expect(as('individual_keys')).toEqual(['mine']);
    expect(as('shared_account')).toEqual(['shared']);
    expect(as('proxy_auth')).toEqual(['shared']);
    const without = planOf({ services: [{ ...claude, authMethod: 'individual_keys' }] });
    expect(without).toMatchObject({ ok: false, refusal: { code: 'account_missing' } });
    expect(!without.ok && without.refusal.message).toContain('add your own key');
  });

  it('says first what the key may not, then what the group does not offer, then what nobody knows', () => {
    const codeOf = (more: Partial<RouteInput>, scene: Scene = {}) => idsOf({ services: [{ ...claude, ...more }], ...scene });
    const nobody = { models: [] };
    expect(codeOf(nobody, { key: { restrictedModels: new Set(['other']) } })).toEqual(['model_not_allowed']);
    expect(codeOf({}, { key: { deniesModel: (name) => name === 'm' } })).toEqual(['model_not_allowed']);
    expect(codeOf({ allowsModel: () => false })).toEqual(['model_not_allowed']);
    expect(codeOf(nobody)).toEqual(['model_unknown']);
    expect(codeOf({ service: { status: 'inactive' } })).toEqual(['service_not_offered']);
    expect(codeOf({ service: { status: 'maintenance' } })).toEqual(['upstream_none']);
    expect(codeOf({ upstreams: [] })).toEqual(['upstream_none']);
    expect(idsOf({ services: [] })).toEqual(['service_not_offered']);
    expect(codeOf({}, { dialect: 'gemini', routing: { translation: false } })).toEqual(['service_not_offered']);
  });

  it('names at most ten models of those that are offered', () => {
    const models = Array.from({ length: 12 }, (_, at) => ({ ...pricedModel, model: `model-${at}` }));
    const plan = planOf({ services: [{ ...claude, models }], model: 'unheard-of' });
    expect(plan.ok ? '' : plan.refusal.message).toContain('model-9, and 2 more');
  });

  it('asks each service by its own name for the model, and lists apply to that name', () => {
    const aliased: RouteInput = {
      ...claude,
      models: [model('real')],
      aliasOf: (name) => (name === 'm' ? 'real' : undefined),
      allowsModel: (name) => name === 'real',
    };
    const plan = planOf({ services: [aliased] });
    expect(plan.ok && plan.candidates[0]).toMatchObject({ model: 'real', substituted: false, translation: null });
    expect(idsOf({ services: [{ ...aliased, allowsModel: (name) => name === 'm' }] })).toEqual(['model_not_allowed']);
  });

  it('lets a similar model stand in only where the group allows it, and then says so', () => {
    const services = [{ ...claude, models: [model('claude-sonnet-4-5')] }];
    const scene = { services, model: 'claude-opus-9' };
    expect(idsOf(scene)).toEqual(['model_unknown']);
    const plan = planOf({ ...scene, routing: { substitution: true } });
    expect(plan.ok && plan.candidates[0]).toMatchObject({ model: 'claude-sonnet-4-5', substituted: true });
    expect(plan.ok && plan.candidates[0] && answerHeaders(plan.candidates[0])).toEqual([
      'x-carpool-service',
      'claude',
      'x-carpool-model',
      'claude-sonnet-4-5',
      'x-carpool-model-substituted',
      'true',
    ]);
    const denied = { deniesModel: (name: string) => name === 'claude-sonnet-4-5' };
    expect(idsOf({ ...scene, routing: { substitution: true }, key: denied })).toEqual(['model_unknown']);
  });

  it('never writes what no header may hold', () => {
    const plan = planOf({ services: [{ ...claude, service: { knowsModel: () => true } }], model: 'a\r\nset-cookie: x é' });
    expect(plan.ok && plan.candidates[0] && answerHeaders(plan.candidates[0])[3]).toBe('a??set-cookie: x ?');
  });
});
