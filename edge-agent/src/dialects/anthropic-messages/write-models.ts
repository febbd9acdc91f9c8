import type { ModelEntry } from '@aicarpool/shared-protocol';
import type { Endpoint } from '../dialect.ts';

export function writeModelList(models: readonly ModelEntry[], endpoint: Endpoint): string {
  const data = models.map(writeModel);
  if (endpoint.operation === 'get_model') return JSON.stringify(data[0] ?? {});
  return JSON.stringify({ data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null });
}

/** The API documents an epoch date for models whose release date is unknown. */
function writeModel({ model, display_name }: ModelEntry) {
  return { type: 'model', id: model, display_name: display_name || model, created_at: '1970-01-01T00:00:00Z' };
}
