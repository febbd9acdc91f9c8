import type { ModelEntry } from '@aicarpool/shared-protocol';
import type { GroupEntry, KeyEntry, ServiceRoute } from '../snapshot/snapshot.ts';
import { accountsFor } from './accounts-for.ts';
import type { Demand } from './demand.ts';
import { findSpeech } from './find-speech.ts';
import { findClosestModel } from './models/closest-model.ts';
import { keyAllows } from './models/key-allows.ts';
import { findNameAtService } from './models/name-at-service.ts';
import type { ServiceOption } from './service-option.ts';

/** Why a service is no option. In the order in which it is worth telling: the last is the nearest to an answer. */
export const obstacles = [
  'other_dialect',
  'model_unknown',
  'model_not_allowed',
  'switched_off',
  'maintenance',
  'no_account',
  'own_account_missing',
] as const;
export type Obstacle = (typeof obstacles)[number];

export interface Ways {
  readonly options: readonly ServiceOption[];
  readonly closed: readonly { readonly route: ServiceRoute; readonly obstacle: Obstacle }[];
}

/** Every service of the group that could answer, in the order of the config, and why the others could not. */
export function findOptions(group: GroupEntry, key: KeyEntry, demand: Demand): Ways {
  const options: ServiceOption[] = [];
  const closed: { route: ServiceRoute; obstacle: Obstacle }[] = [];
  for (const route of group.services) {
    const found = findOption(group, key, route, demand);
    if (typeof found === 'string') closed.push({ route, obstacle: found });
    else options.push(found);
  }
  return { options, closed };
}

function findOption(group: GroupEntry, key: KeyEntry, route: ServiceRoute, demand: Demand): ServiceOption | Obstacle {
  const { service } = route;
  const speech = findSpeech(demand.dialect, service, group.routing.translation && demand.translatable);
  if (!speech) return 'other_dialect';
  const known = findNameAtService(route, demand.model);
  const exact = known && route.allowsModel(known.model) ? known : undefined;
  const standIn = exact ? undefined : findStandIn(group, key, route, demand);
  const model = exact?.model ?? standIn?.model;
  if (model === undefined) return known ? 'model_not_allowed' : 'model_unknown';
  if (service.status !== 'active') return service.status === 'maintenance' ? 'maintenance' : 'switched_off';
  const upstreams = accountsFor(route, key.userId);
  if (upstreams.length === 0) return route.authMethod === 'individual_keys' ? 'own_account_missing' : 'no_account';
  const entry = standIn ?? service.findModel(model);
  return { ...speech, route, model, entry, substituted: standIn !== undefined, aliased: exact?.aliased ?? false, upstreams };
}

/** Embeddings of two models cannot be compared: only what is said in words may come from another one. */
function findStandIn(group: GroupEntry, key: KeyEntry, route: ServiceRoute, demand: Demand): ModelEntry | undefined {
  if (!group.routing.substitution || demand.operation === 'embed') return undefined;
  const offered = route.service.models.filter(({ model }) => route.allowsModel(model) && keyAllows(key, model));
  return offered.length === 0 ? undefined : findClosestModel(offered, findAsked(group, demand.model), demand);
}

function findAsked(group: GroupEntry, model: string): ModelEntry | undefined {
  for (const { service } of group.services) {
    const entry = service.findModel(model);
    if (entry) return entry;
  }
  return undefined;
}
