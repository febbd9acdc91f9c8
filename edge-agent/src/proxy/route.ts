import type { Dialect, RefusalCode } from '@aicarpool/shared-protocol';
import type { ServiceRoute } from '../snapshot/snapshot.ts';
import type { Caller, Candidate, Refused } from './exchange.ts';

export type Plan = { readonly ok: true; readonly candidates: readonly Candidate[] } | Refused;

/** The accounts that may answer, best first: services by priority, then accounts by priority, chance by weight among equals. */
export function route(caller: Caller, dialect: Dialect, model: string, random: () => number): Plan {
  const routes = caller.group.routes.get(dialect) ?? [];
  const fitting = routes.filter(({ service, allowsModel }) => service.knowsModel(model) && allowsModel(model));
  if (isRestricted(caller, model) || fitting.length === 0) return whyNone(caller, routes, model);
  const open = fitting.filter(({ service }) => service.status === 'active');
  if (open.length === 0) return allClosed(fitting);
  const candidates: Candidate[] = [];
  for (const one of inOrder(open, random)) {
    const shared = { service: one.service, route: one, model, dialect, translation: null, substituted: false };
    for (const upstream of inOrder(one.upstreams, random)) candidates.push({ ...shared, upstream });
  }
  if (candidates.length === 0) return no('upstream_none', `no account is ready that could answer for model "${model}"`);
  return { ok: true, candidates };
}

function isRestricted({ key }: Caller, model: string): boolean {
  return key.restrictedModels !== null && !key.restrictedModels.has(model);
}

/** Models that this caller may name in this dialect; those that a pattern accepts are not listed anywhere. */
export function offeredModels(caller: Caller, routes: readonly ServiceRoute[]) {
  const byName = new Map<string, ServiceRoute['service']['models'][number]>();
  for (const { service, allowsModel, upstreams } of routes) {
    if (service.status !== 'active' || upstreams.length === 0) continue;
    for (const entry of service.models) {
      if (allowsModel(entry.model) && !isRestricted(caller, entry.model) && !byName.has(entry.model)) {
        byName.set(entry.model, entry);
      }
    }
  }
  return [...byName.values()];
}

function whyNone(caller: Caller, routes: readonly ServiceRoute[], model: string): Refused {
  if (routes.length === 0) return no('service_not_offered', 'this group has no service that speaks this API');
  const offered = offeredModels(caller, routes).map((entry) => entry.model);
  const rest = offered.length > 10 ? `, and ${offered.length - 10} more` : '';
  const listed = offered.length > 0 ? `; offered: ${offered.slice(0, 10).join(', ')}${rest}` : '';
  if (isRestricted(caller, model)) return no('model_not_allowed', `this API key may not use model "${model}"${listed}`);
  if (routes.some(({ service }) => service.knowsModel(model))) {
    return no('model_not_allowed', `model "${model}" is not offered to this group${listed}`);
  }
  return no('model_unknown', `no service of this group knows model "${model}"${listed}`);
}

function allClosed(fitting: readonly ServiceRoute[]): Refused {
  const resting = fitting.find(({ service }) => service.status === 'maintenance');
  if (resting) return no('upstream_none', `service "${resting.service.id}" is under maintenance; try again later`);
  return no('service_not_offered', `service "${fitting[0]?.service.id}" is switched off`);
}

function no(code: RefusalCode, message: string): Refused {
  return { ok: false, refusal: { code, message } };
}

interface Ranked {
  readonly priority: number;
  readonly weight: number;
}

/** Smaller priority first; among equals a draw without return, chances by weight; weight 0 comes last. */
function inOrder<T extends Ranked>(items: readonly T[], random: () => number): readonly T[] {
  if (items.length < 2) return items;
  const drawn = items.map((item) => ({ item, key: item.weight > 0 ? -Math.log(1 - random()) / item.weight : Infinity }));
  drawn.sort((a, b) => a.item.priority - b.item.priority || (a.key === b.key ? 0 : a.key - b.key));
  return drawn.map(({ item }) => item);
}
