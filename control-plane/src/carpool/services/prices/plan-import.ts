import { canonicalJson, type Feature, type Price } from '@aicarpool/shared-protocol';
import type { ListedModel, PriceImportReport, PriceList } from '@aicarpool/shared-protocol/console';
import { displayNameOf } from '../display-name.ts';
import { priceVersionOf, toPrice } from './list-price.ts';

/** A model with its price, as it is stored. */
export interface StoredModel {
  readonly serviceId: string;
  readonly model: string;
  readonly displayName: string;
  readonly contextLength: number | null;
  readonly maxOutputTokens: number | null;
  readonly features: Feature[] | null;
  readonly price: Price | null;
  readonly priceVersion: string;
  readonly priceOrigin: 'list' | 'admin';
}

export interface ImportPlan {
  readonly upserts: readonly StoredModel[];
  readonly report: Omit<PriceImportReport, 'dry_run'>;
}

/** What importing `list` would change: pure, so that a dry run and the deed cannot differ. */
export function planImport(
  list: PriceList,
  stored: readonly StoredModel[],
  services: ReadonlySet<string>,
  overwriteEdited: boolean,
): ImportPlan {
  const current = new Map(stored.map((model) => [`${model.serviceId}/${model.model}`, model]));
  const report = { added: [] as string[], changed: [] as string[], unchanged: 0, kept_edited: [] as string[] };
  const unknown = new Set<string>();
  const upserts: StoredModel[] = [];
  for (const { serviceId, entry } of listedPairs(list)) {
    if (!services.has(serviceId)) {
      unknown.add(serviceId);
      continue;
    }
    const name = `${serviceId}/${entry.model}`;
    const before = current.get(name);
    const after = toStored(serviceId, entry, list, before);
    if (!before) report.added.push(name);
    else if (before.priceOrigin === 'admin' && !overwriteEdited) {
      report.kept_edited.push(name);
      continue;
    } else if (same(before, after)) {
      report.unchanged += 1;
      continue;
    } else report.changed.push(name);
    upserts.push(after);
  }
  return { upserts, report: { version: list.version, ...report, unknown_services: [...unknown].sort() } };
}

// The last entry of a name wins, as in any JSON object.
function listedPairs(list: PriceList): readonly { serviceId: string; entry: ListedModel }[] {
  const pairs = new Map<string, { serviceId: string; entry: ListedModel }>();
  for (const entry of list.models) {
    for (const serviceId of entry.services) pairs.set(`${serviceId}/${entry.model}`, { serviceId, entry });
  }
  return [...pairs.values()];
}

function toStored(serviceId: string, entry: ListedModel, list: PriceList, before: StoredModel | undefined): StoredModel {
  return {
    serviceId,
    model: entry.model,
    displayName: entry.display_name ?? before?.displayName ?? displayNameOf(entry.model),
    contextLength: entry.context ?? before?.contextLength ?? null,
    maxOutputTokens: entry.max_output ?? before?.maxOutputTokens ?? null,
    features: entry.features ? [...entry.features].sort() : (before?.features ?? null),
    price: toPrice(entry),
    priceVersion: priceVersionOf(entry.source, list.sources[entry.source]?.date ?? list.version),
    priceOrigin: 'list',
  };
}

function same(a: StoredModel, b: StoredModel): boolean {
  return canonicalJson({ ...comparable(a) }) === canonicalJson({ ...comparable(b) });
}

function comparable(model: StoredModel) {
  const { serviceId, displayName, contextLength, maxOutputTokens, features, price, priceVersion, priceOrigin } = model;
  const known = { displayName, contextLength, maxOutputTokens, features };
  return { serviceId, model: model.model, ...known, price, priceVersion, priceOrigin };
}
