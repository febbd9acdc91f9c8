import { describe, expect, it } from 'vitest';
import { readOpenAiUsage } from './read-openai-usage.ts';

const usageOf = (raw: Record<string, unknown>) => readOpenAiUsage(raw)?.usage;

describe('readOpenAiUsage', () => {
  it('takes cached and written tokens out of the input', () => {
    const raw = {
      prompt_tokens: 100,
      completion_tokens: 5,
      prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 30 },
    };
    expect(usageOf(raw)).toMatchObject({ input: 10, cacheRead: 60, cacheWrite5m: 30, output: 5 });
  });

  it('never goes below zero where the parts are larger than the whole', () => {
    const raw = {
      input_tokens: 10,
      output_tokens: 1,
      input_tokens_details: { cached_tokens: 60, cache_write_tokens: 30, audio_tokens: 4 },
    };
    expect(usageOf(raw)).toMatchObject({ input: 0, cacheRead: 10, cacheWrite5m: 0, inputAudio: 0 });
  });

  it('reads nothing from an object that states nothing', () => {
    expect(readOpenAiUsage({ total_tokens: 5 })).toBeNull();
    expect(readOpenAiUsage({ prompt_tokens: null })).toBeNull();
  });

  it('derives an output that is only in the total, and says when the input is missing', () => {
    expect(usageOf({ prompt_tokens: 3, total_tokens: 8 })).toMatchObject({ input: 3, output: 5 });
    expect(readOpenAiUsage({ completion_tokens: 3 })?.inputReported).toBe(false);
  });

  it('adds reasoning only where the total shows that it was left out', () => {
    const raw = { prompt_tokens: 10, completion_tokens: 5, completion_tokens_details: { reasoning_tokens: 3 } };
    expect(usageOf({ ...raw, total_tokens: 15 })).toMatchObject({ output: 5, thinking: 3 });
    expect(usageOf({ ...raw, total_tokens: 18 })).toMatchObject({ output: 8, thinking: 3 });
    expect(usageOf({ ...raw, total_tokens: 99 })).toMatchObject({ output: 5 });
  });
});
