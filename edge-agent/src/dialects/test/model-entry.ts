import type { ModelEntry } from '@aicarpool/shared-protocol';

export function modelEntry(model: string, overrides: Partial<ModelEntry> = {}): ModelEntry {
  return {
    model,
    display_name: `The ${model}`,
    context_length: 200_000,
    max_output_tokens: null,
    features: null,
    price: null,
    price_version: 'test',
    ...overrides,
  };
}
