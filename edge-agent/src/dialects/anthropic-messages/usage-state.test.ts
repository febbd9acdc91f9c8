import { describe, expect, it } from 'vitest';
import { UsageState } from './usage-state.ts';

function merged(...raws: Record<string, unknown>[]): UsageState {
  const state = new UsageState();
  for (const raw of raws) state.merge(raw);
  return state;
}

describe('UsageState', () => {
  it('lets later numbers win and keeps earlier ones where later are null or absent', () => {
    const first = { input_tokens: 5, cache_read_input_tokens: 2, output_tokens: 1 };
    expect(merged(first, { input_tokens: null, output_tokens: 9 }).usage()).toMatchObject({ input: 5, cacheRead: 2, output: 9 });
    expect(merged(first, { input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 0 }).usage()).toMatchObject({
      input: 0,
      cacheRead: 0,
      output: 0,
    });
  });

  it('takes a cache write without a lifetime for a 5-minute one', () => {
    expect(merged({ input_tokens: 1, cache_creation_input_tokens: 7 }).usage()).toMatchObject({
      cacheWrite5m: 7,
      cacheWrite1h: 0,
    });
    const split = { ephemeral_5m_input_tokens: 3, ephemeral_1h_input_tokens: 4 };
    expect(merged({ input_tokens: 1, cache_creation: split }).usage()).toMatchObject({ cacheWrite5m: 3, cacheWrite1h: 4 });
    expect(
      merged(
        { cache_creation: split, cache_creation_input_tokens: 7 },
        { input_tokens: 1, cache_creation_input_tokens: 10 },
      ).usage(),
    ).toMatchObject({
      cacheWrite5m: 6,
      cacheWrite1h: 4,
    });
  });

  it('knows nothing before a number came', () => {
    expect(merged({}).usage()).toBeNull();
    expect(merged({ service_tier: 'standard' }).usage()).toBeNull();
    expect(merged({ output_tokens: 1 }).inputReported).toBe(false);
  });

  it('bills iterations by model, and not at all where they come to the whole', () => {
    const pass = { type: 'message', input_tokens: 5, output_tokens: 2 };
    expect(merged({ input_tokens: 5, output_tokens: 2, iterations: [pass] }).billed()).toBeNull();
    expect(merged({ input_tokens: 5, output_tokens: 2, iterations: [] }).billed()).toBeNull();
    const other = { type: 'advisor_message', model: 'big', input_tokens: 1, output_tokens: 1 };
    const billed = merged({ input_tokens: 5, output_tokens: 2, iterations: [pass, other, pass] }).billed();
    expect(billed?.map(({ model, usage }) => [model, usage.input, usage.output])).toEqual([
      [null, 10, 4],
      ['big', 1, 1],
    ]);
  });
});
