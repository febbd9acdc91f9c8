import type { AiService } from '@aicarpool/shared-protocol/console';
import { describe, expect, it } from 'vitest';
import { perMillion, priceSpan } from './service-prices.ts';

type Model = AiService['available_models'][number];

const model = (input: number | null): Model => ({
  model_name: 'one',
  display_name: 'One',
  context_length: null,
  max_output_tokens: null,
  supports_tools: true,
  supports_vision: false,
  features: null,
  input_price_per_1k: null,
  output_price_per_1k: null,
  price: input === null ? null : { input, output: input * 5 },
  price_version: '',
  price_origin: 'list',
});

describe('prices of a service', () => {
  it('are shown for a million tokens', () => {
    expect([perMillion(model(3_000_000), 'input'), perMillion(model(3_000_000), 'output')]).toEqual([3, 15]);
    expect(perMillion(model(null), 'input')).toBeNull();
  });

  it('reach from the cheapest to the dearest, whatever is not known left out', () => {
    expect(priceSpan([model(3_000_000), model(null), model(250_000)])).toBe('$0.25 – $3.00');
    expect(priceSpan([model(3_000_000)])).toBe('$3.00');
    expect(priceSpan([model(null)])).toBe('—');
  });
});
