import type { ModelEntry } from '@aicarpool/shared-protocol';
import type { Endpoint } from '../dialect.ts';

export function writeModelList(models: readonly ModelEntry[], endpoint: Endpoint): string {
  const list = models.map(writeModel);
  return JSON.stringify(endpoint.operation === 'get_model' ? (list[0] ?? {}) : { models: list });
}

function writeModel({ model, display_name, context_length, max_output_tokens }: ModelEntry) {
  const isEmbedding = model.includes('embedding');
  return {
    name: model.startsWith('tunedModels/') ? model : `models/${model}`,
    baseModelId: model,
    version: '001',
    displayName: display_name || model,
    ...(context_length !== null && { inputTokenLimit: context_length }),
    ...(max_output_tokens !== null && { outputTokenLimit: max_output_tokens }),
    supportedGenerationMethods: isEmbedding ? ['embedContent', 'batchEmbedContents'] : ['generateContent', 'countTokens'],
  };
}
