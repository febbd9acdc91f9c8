import type { Dialect } from '@aicarpool/shared-protocol';
import type { Endpoint } from '../../../dialects/index.ts';
import { formatNames } from '../targets.ts';
import { NotTranslatable } from '../turns.ts';

const names: Readonly<Record<string, string>> = {
  embed: 'Embeddings',
  count_tokens: 'Counting tokens',
  list_models: 'A list of models',
  get_model: 'A list of models',
};

/** Only conversations are translated. */
export function refuseOtherCalls({ operation }: Endpoint, target: Dialect): void {
  if (operation === 'generate') return;
  const advice = 'Ask for a model of a service that speaks the format of the request.';
  throw new NotTranslatable(names[operation] ?? 'This call', formatNames[target], advice);
}
