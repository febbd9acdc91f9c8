import { price, serviceResource } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import { builtInServices, simulator } from './built-in-services.ts';
import { toPrice } from './prices/list-price.ts';
import { readPriceList } from './prices/read-price-list.ts';

const accepts = (pattern: string, model: string) =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\/]/g, '\\$&'))
      .join('.*')}$`,
  ).test(model);
const offering = (model: string) =>
  builtInServices.filter((service) => service.model_patterns.some((pattern) => accepts(pattern, model))).map(({ id }) => id);

describe('builtInServices', () => {
  it('fit the shape that nodes are told', () => {
    for (const { description, ...service } of [...builtInServices, simulator]) {
      expect(description).not.toBe('');
      serviceResource.parse({ ...service, status: 'active', models: [] });
    }
  });

  it.each([
    ['claude-opus-9-9', 'claude'],
    ['us.anthropic.claude-sonnet-5-v1:0', 'claude'],
    ['gemini-9-flash', 'gemini'],
    ['gpt-7', 'openai'],
    ['o3-pro-2030', 'openai'],
    ['grok-9', 'openai'],
    ['deepseek-v9', 'openai'],
    ['glm-9', 'openai'],
    ['some-vendor/some-model', 'openai'],
  ])('know %s, though it came after this release', (model, service) => {
    expect(offering(model)).toContain(service);
    expect(offering(model)).toContain('ampcode');
  });

  it.each(['no-such-model', 'foo', 'clod-9', '', 'gpt'])('do not know %j', (model) => {
    expect(offering(model)).toEqual([]);
  });

  it('know every model that the price list gives them', () => {
    const byId = new Map(builtInServices.map((service) => [service.id, service]));
    for (const entry of readPriceList().models) {
      for (const id of entry.services) {
        const patterns = byId.get(id)?.model_patterns ?? [];
        expect(
          patterns.some((pattern) => accepts(pattern, entry.model)),
          `${id}/${entry.model}`,
        ).toBe(true);
      }
    }
  });
});

describe('the price list of this release', () => {
  const list = readPriceList();

  it('names a source with a date for every entry, and no model twice', () => {
    const names = list.models.flatMap((entry) => entry.services.map((service) => `${service}/${entry.model}`));
    expect(new Set(names).size).toBe(names.length);
    for (const entry of list.models) expect(list.sources[entry.source]?.date).toMatch(/^2026-/);
  });

  it('gives exact prices', () => {
    for (const entry of list.models) price.nullable().parse(toPrice(entry));
    const byName = new Map(list.models.map((entry) => [entry.model, toPrice(entry)]));
    expect(byName.get('claude-opus-5-5')).toEqual({
      input: 4_000_000,
      output: 20_000_000,
      cacheRead: 200_000,
      cacheWrite5m: 5_000_000,
      cacheWrite1h: 8_000_000,
      webSearchNanoUsd: 10_000_000,
    });
    expect(byName.get('gpt-5.4')?.tiers).toEqual([
      { aboveInputTokens: 272_000, input: 5_000_000, output: 22_500_000, cacheRead: 500_000 },
    ]);
    expect(byName.get('gemini-2.5-flash')).toMatchObject({ input: 300_000, inputAudio: 1_000_000 });
    for (const model of [
      'gpt-6-sol',
      'gpt-6-luna',
      'gpt-6-astra',
      'claude-fable-5-1',
      'gemini-3.8-flash',
      'deepseek-v4-pro',
      'kimi-k2.6',
      'glm-5',
      'grok-4.5',
    ]) {
      expect(byName.get(model), model).toBeTruthy();
    }
  });
});
