import type { Dialect, ModelEntry } from '@aicarpool/shared-protocol';
import type { GroupEntry, KeyEntry, ServiceRoute } from '../../snapshot/snapshot.ts';
import { accountsFor } from '../accounts-for.ts';
import { findSpeech } from '../find-speech.ts';
import { keyAllows } from './key-allows.ts';
import { findNameAtService } from './name-at-service.ts';

/**
 * Models that this caller may name in this dialect, those that a service of another format would answer included.
 * Names that only a pattern accepts are listed nowhere; aliases without a wild card are.
 */
export function offeredModels(group: GroupEntry, key: KeyEntry, dialect: Dialect): readonly ModelEntry[] {
  const byName = new Map<string, ModelEntry>();
  for (const route of group.services) {
    if (route.service.status !== 'active' || accountsFor(route, key.userId).length === 0) continue;
    if (!listedFor(dialect).some((one) => findSpeech(one, route.service, group.routing.translation))) continue;
    for (const entry of modelsOf(route)) {
      if (!byName.has(entry.model) && keyAllows(key, entry.model)) byName.set(entry.model, entry);
    }
  }
  return [...byName.values()];
}

/** OpenAI has one list for both of its formats. */
function listedFor(dialect: Dialect): readonly Dialect[] {
  return dialect === 'openai-chat' ? ['openai-chat', 'openai-responses'] : [dialect];
}

function modelsOf(route: ServiceRoute): readonly ModelEntry[] {
  const names = [...route.service.models.map(({ model }) => model), ...route.aliasNames];
  return names.flatMap((name) => {
    const known = findNameAtService(route, name);
    if (!known || !route.allowsModel(known.model)) return [];
    const entry = route.service.findModel(known.model);
    if (!entry) return known.aliased ? [nothingKnown(name)] : [];
    return [entry.model === name ? entry : { ...entry, model: name }];
  });
}

function nothingKnown(model: string): ModelEntry {
  return {
    model,
    display_name: model,
    context_length: null,
    max_output_tokens: null,
    features: null,
    price: null,
    price_version: '',
  };
}
