import type { UserId } from '@aicarpool/shared-protocol';
import type { Quota, QuotaUse, UnpricedUse } from '@aicarpool/shared-protocol/console';
import { allow, type Ctx, type Db, offsetOf, type Page } from '../../kernel/index.ts';
import { getGroupAccess } from '../groups/group-access.ts';
import type { CarpoolPorts } from '../ports.ts';
import { readStanding, type StandingQuotas, toUse } from './quota-use.ts';
import { listSubjects, namesOf, type Person, readRules } from './rules/read-rules.ts';
import { nameOfPlace, type QuotaRow, toRuleView } from './rules/rule.ts';

export interface ListedQuotas {
  readonly quotas: Quota[];
  readonly unpriced: UnpricedUse[];
  readonly time_zone: string;
  readonly total: number;
}

/**
 * Quotas of a group and how they stand. Managers see everybody's; members those of the group, and their own part of the
 * others. 404 `group_unknown`.
 */
export async function listQuotas(
  ctx: Ctx,
  ports: Pick<CarpoolPorts, 'readQuotaState' | 'readUnpriced'>,
  groupId: string,
  page: Page,
): Promise<ListedQuotas> {
  allow(ctx, 'carpool.quota.read');
  const { group, canManage } = await getGroupAccess(ctx.db, ctx, groupId);
  const rules = await readRules(ctx.db, group.id);
  const self = canManage ? undefined : ctx.actor.kind === 'user' ? ctx.actor.userId : ('' as UserId);
  const people = {
    member: await listSubjects(ctx.db, group.id, 'member', self),
    key: await listSubjects(ctx.db, group.id, 'key', self),
  };
  const seen = rules.filter((rule) => canManage || isAbout(rule, people));
  const shown = seen.slice(offsetOf(page), offsetOf(page) + page.limit);
  const standing = await readStanding(ctx, ctx.db, ports, shown, group.timeZone);
  const names = await namesOf(
    ctx.db,
    group.id,
    shown.map(({ subject }) => subject),
  );
  const quotas = shown.map((rule) => ({ ...toRuleView(rule, names), use: usesOf(rule, rules, people, names, standing) }));
  const unpriced = await readUnpricedIn(ctx.db, ports, group.id, quotas);
  return { quotas, unpriced, time_zone: group.timeZone, total: seen.length };
}

/** What quotas in USD do not see, since the first of their windows began. */
async function readUnpricedIn(
  db: Db,
  { readUnpriced }: Pick<CarpoolPorts, 'readUnpriced'>,
  groupId: string,
  quotas: readonly Quota[],
): Promise<UnpricedUse[]> {
  const inUsd = quotas.filter(({ unit }) => unit === 'usd');
  const uses = inUsd.flatMap(({ use }) => use);
  if (uses.length === 0) return [];
  const sinceMs = Math.min(...uses.map(({ starts_at }) => (starts_at === null ? 0 : Date.parse(starts_at))));
  const found = await readUnpriced(db, groupId, new Date(sinceMs));
  return found
    .filter(({ service }) => inUsd.some(({ service_name }) => service_name === null || service_name === service))
    .map(({ service, model, requests }) => ({ service_name: service, model, requests }));
}

type People = Readonly<Record<'member' | 'key', readonly Person[]>>;

function isAbout({ of, subject }: QuotaRow, people: People): boolean {
  if (of === 'group') return true;
  return people[of].some(({ id }) => subject === null || id === subject);
}

function usesOf(
  rule: QuotaRow,
  rules: readonly QuotaRow[],
  people: People,
  names: ReadonlyMap<string, string>,
  standing: StandingQuotas,
): QuotaUse[] {
  if (rule.of === 'group') return [toUse(rule, standing.stateOf(rule, ''), null)];
  if (rule.subject !== null) return [toUse(rule, standing.stateOf(rule, rule.subject), names.get(rule.subject) ?? null)];
  const named = new Set(rules.map(nameOfPlace));
  return people[rule.of]
    .filter(({ id }) => !named.has(nameOfPlace({ ...rule, subject: id })))
    .map(({ id, name }) => toUse(rule, standing.stateOf(rule, id), name));
}
