import type { Feature, ModelEntry } from '@aicarpool/shared-protocol';
import { describe, expect, it } from 'vitest';
import type { Demand } from '../demand.ts';
import { demand, model, priced } from '../test/entries.ts';
import { findClosestModel } from './closest-model.ts';

const anthropic = [
  model('claude-opus-4-5-20251101', priced(5, 25)),
  model('claude-sonnet-4-20250514', priced(3, 15)),
  model('claude-sonnet-4-5-20250929', priced(3, 15)),
  model('claude-haiku-4-5', priced(1, 5)),
];
const unpriced = anthropic.map(({ model: name }) => model(name));

function closest(offered: readonly ModelEntry[], name: string, more: Partial<Demand> = {}, asked?: ModelEntry) {
  return findClosestModel(offered, asked, demand({ model: name, ...more }))?.model;
}

describe('the model that stands in', () => {
  it('has the tier of the asked one, by its name', () => {
    expect(closest(unpriced, 'gemini-3-pro-preview')).toBe('claude-opus-4-5-20251101');
    expect(closest(unpriced, 'gpt-5-mini')).toBe('claude-haiku-4-5');
    expect(closest(unpriced, 'gemini-2.5-flash-lite')).toBe('claude-haiku-4-5');
    expect(closest(unpriced, 'somebody-new')).toBe('claude-sonnet-4-5-20250929');
  });

  it('is the newest of several that are alike', () => {
    expect(closest(unpriced, 'gpt-medium')).toBe('claude-sonnet-4-5-20250929');
  });

  it('is never bigger: by price where both are known, else by name', () => {
    const small = model('gpt-5-mini', priced(0.25, 2));
    expect(closest(anthropic, small.model, {}, small)).toBeUndefined();
    expect(closest(unpriced.slice(0, 3), 'gpt-5-mini')).toBeUndefined();
    const middle = model('gpt-5', priced(2.5, 15));
    expect(closest(anthropic, middle.model, {}, middle)).toBe('claude-sonnet-4-5-20250929');
    expect(closest([model('dear-haiku', priced(50, 200))], middle.model, {}, middle)).toBeUndefined();
  });

  it('is a smaller one where the same size is not there', () => {
    expect(closest(unpriced.slice(3), 'claude-opus-9')).toBe('claude-haiku-4-5');
  });

  it('can read the whole request, and has what it uses as far as is known', () => {
    const narrow = model('a-sonnet', { context_length: 1_000 });
    const wide = model('b-sonnet', { context_length: 100_000 });
    expect(closest([narrow, wide], 'c-sonnet', { inputTokens: 1_001 })).toBe('b-sonnet');
    const needs = (...features: Feature[]) => ({ features: () => new Set(features) });
    const blind = model('z-sonnet', { features: ['tools'] });
    expect(closest([blind], 'c-sonnet', needs('tools'))).toBe('z-sonnet');
    expect(closest([blind], 'c-sonnet', needs('vision'))).toBeUndefined();
    expect(closest([blind, model('a-sonnet')], 'c-sonnet', needs('vision'))).toBe('a-sonnet');
  });

  it('has room for the output that is asked for, where there is a choice', () => {
    const short = model('z-sonnet', { max_output_tokens: 8_000 });
    const long = model('a-sonnet', { max_output_tokens: 64_000 });
    expect(closest([short, long], 'c-sonnet', { maxOutputTokens: 32_000 })).toBe('a-sonnet');
    expect(closest([short], 'c-sonnet', { maxOutputTokens: 32_000 })).toBe('z-sonnet');
  });

  it('stays in the family where it can', () => {
    expect(closest([model('gpt-5-mini'), model('gemini-3-flash'), model('nova-lite')], 'gemini-4-flash')).toBe('gemini-3-flash');
  });

  it('is one that talks', () => {
    expect(
      closest([model('text-embedding-3-small'), model('gpt-image-1-mini'), model('gpt-4o-mini-tts')], 'x-mini'),
    ).toBeUndefined();
  });
});
