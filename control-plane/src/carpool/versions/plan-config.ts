import { canonicalJson } from '@aicarpool/shared-protocol';
import type { ConfigChange, GroupConfig } from '@aicarpool/shared-protocol/console';

/** What has to change so that `before` becomes `after`, field by field; what comes or goes is one change. Pure. */
export function planConfig(before: GroupConfig, after: GroupConfig): ConfigChange[] {
  return [
    ...fieldChanges('group', null, before.group, after.group),
    ...partChanges('service', byId(before.services, 'service_id'), byId(after.services, 'service_id')),
    ...partChanges('quota', byId(before.quotas, 'id'), byId(after.quotas, 'id')),
    ...partChanges('account', byId(before.accounts, 'id'), byId(after.accounts, 'id')),
  ];
}

type Value = ConfigChange['before'];
type Part = Readonly<Record<string, unknown>>;

function byId<T extends Part>(parts: readonly T[], key: keyof T): ReadonlyMap<string, T> {
  return new Map(parts.map((part) => [String(part[key]), part]));
}

function partChanges(
  part: ConfigChange['part'],
  before: ReadonlyMap<string, Part>,
  after: ReadonlyMap<string, Part>,
): ConfigChange[] {
  const ids = [...new Set([...before.keys(), ...after.keys()])].sort();
  return ids.flatMap((id) => {
    const [old, wanted] = [before.get(id), after.get(id)];
    if (old && wanted) return fieldChanges(part, id, old, wanted);
    return [{ part, id, field: null, before: (old ?? null) as Value, after: (wanted ?? null) as Value }];
  });
}

function fieldChanges(part: ConfigChange['part'], id: string | null, before: Part, after: Part): ConfigChange[] {
  const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return fields.flatMap((field) => {
    const [old, wanted] = [jsonOf(field, before[field]), jsonOf(field, after[field])];
    return canonicalJson(old) === canonicalJson(wanted) ? [] : [{ part, id, field, before: old, after: wanted }];
  });
}

/** How often the way out was set, and when, is no setting. */
function jsonOf(field: string, value: unknown): Value {
  if (field !== 'egress' || typeof value !== 'object' || value === null) return (value ?? null) as Value;
  const { version: _version, updatedAt: _at, ...egress } = value as Record<string, Value>;
  return egress;
}
