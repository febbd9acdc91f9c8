import type { RoutingStrategy } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { type Figures, noFigures } from '../figures.ts';
import { findOptions } from '../find-options.ts';
import { orderAccounts } from '../order-accounts.ts';
import { orderOptions } from '../order-options.ts';
import { demand, group, key, model, priced, type RouteInput, serviceRoute, upstream } from '../test/entries.ts';
import { strategies } from './table.ts';

const sonnet = 'claude-sonnet-5';
const known = (id: string, more: Partial<RouteInput> = {}, entry: object = {}): RouteInput => ({
  id,
  models: [model(sonnet, entry)],
  ...more,
});

interface Scene {
  readonly strategy: RoutingStrategy;
  readonly services: readonly RouteInput[];
  readonly demand?: Parameters<typeof demand>[0];
  readonly figures?: Readonly<Record<string, Figures>>;
  readonly routing?: object;
}

function orderOf({ strategy, services, figures = {}, routing, ...more }: Scene): readonly string[] {
  const wanted = demand(more.demand);
  const { options } = findOptions(group(services.map(serviceRoute), routing), key(), wanted);
  const circumstances = { demand: wanted, figuresOf: (id: string) => figures[id] ?? noFigures };
  // The same chance for all: ties come out by weight alone.
  return orderOptions(options, strategies[strategy], circumstances, () => 0.5).map(({ route }) => route.service.id);
}

describe('priority', () => {
  it('keeps the order of the group, and draws by weight among equals', () => {
    const services = [known('a', { priority: 2 }), known('b', { priority: 1 }), known('c', { priority: 1, weight: 200 })];
    expect(orderOf({ strategy: 'priority', services })).toEqual(['c', 'b', 'a']);
  });
});

describe('weight', () => {
  it('looks at nothing but weight', () => {
    const services = [known('a', { priority: 1, weight: 1 }), known('b', { priority: 9, weight: 2 }), known('z', { weight: 0 })];
    expect(orderOf({ strategy: 'weight', services })).toEqual(['b', 'a', 'z']);
  });
});

describe('cost', () => {
  const inputHeavy = known('in', {}, priced(1, 50));
  const outputHeavy = known('out', {}, priced(3, 5));

  it('puts the cheapest for this very request first, and what has no price last', () => {
    const services = [known('none'), outputHeavy, inputHeavy];
    expect(orderOf({ strategy: 'cost', services, demand: { inputTokens: 100_000 } })).toEqual(['in', 'out', 'none']);
    expect(orderOf({ strategy: 'cost', services, demand: { inputTokens: 100 } })).toEqual(['out', 'in', 'none']);
    expect(orderOf({ strategy: 'cost', services, demand: { inputTokens: 100, operation: 'count_tokens' } })[0]).toBe('in');
  });
});

describe('performance', () => {
  const services = [known('a', { priority: 1 }), known('b', { priority: 2 }), known('c', { priority: 3 })];
  const of = (successRate: number | null, firstByteMs: number | null): Figures => ({ successRate, firstByteMs });

  it('prefers success to speed, and speed to priority', () => {
    const figures = { a_0: of(0.5, 100), b_0: of(1, 900), c_0: of(1, 100) };
    expect(orderOf({ strategy: 'performance', services, figures })).toEqual(['c', 'b', 'a']);
  });

  it('does not mind small differences, nor what it does not know', () => {
    const figures = { a_0: of(0.99, 410), b_0: of(1, 400) };
    expect(orderOf({ strategy: 'performance', services, figures })).toEqual(['a', 'b', 'c']);
  });

  it('measures accounts of equal priority, too', () => {
    const figures: Readonly<Record<string, Figures>> = { x: of(0.2, 100), y: of(1, 2_000), z: of(1, 100) };
    const order = orderAccounts([upstream('x'), upstream('y'), upstream('z'), upstream('w', { priority: 1 })], {
      strategy: strategies.performance,
      circumstances: { demand: demand(), figuresOf: (id) => figures[id] ?? noFigures },
      draw: () => 0.5,
      loadOf: null,
    });
    expect(order.map(({ id }) => id)).toEqual(['z', 'y', 'x', 'w']);
  });
});

describe('capability', () => {
  it('puts models first that have what the request uses, then those with room, then those known by their own name', () => {
    const services = [
      { ...known('aliased'), models: [model('x')], aliasOf: () => 'x' },
      known('blind', {}, { features: ['tools'] }),
      known('short', {}, { max_output_tokens: 10 }),
      known('narrow', {}, { context_length: 10 }),
      known('pattern', { models: [], service: { knowsModel: () => true } }),
      known('full', { priority: 9 }, { features: ['tools', 'vision'] }),
    ];
    const needs = { features: () => new Set(['vision'] as const), maxOutputTokens: 100 };
    expect(orderOf({ strategy: 'capability', services, demand: needs })).toEqual([
      'full',
      'pattern',
      'aliased',
      'short',
      'narrow',
      'blind',
    ]);
  });
});

describe('whatever the strategy', () => {
  it('a stand-in never goes before the model itself', () => {
    const standIn = { ...known('cheap'), models: [model('claude-haiku-5', priced(0, 0))], priority: 0 };
    for (const strategy of ['priority', 'weight', 'cost', 'performance', 'capability'] as const) {
      const services = [standIn, known('real', { priority: 5 }, priced(3, 15))];
      expect(orderOf({ strategy, services, routing: { substitution: true } })).toEqual(['real', 'cheap']);
    }
  });
});
