import type { ModelEntry } from '@aicarpool/shared-protocol';
import type { Endpoint } from '../dialect.ts';

export function writeOpenAiModels(models: readonly ModelEntry[], endpoint: Endpoint): string {
  const data = models.map(({ model }) => ({ id: model, object: 'model', created: 0, owned_by: 'aicarpool' }));
  return JSON.stringify(endpoint.operation === 'get_model' ? (data[0] ?? {}) : { object: 'list', data });
}
