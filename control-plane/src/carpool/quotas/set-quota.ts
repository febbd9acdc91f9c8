import type { ChangedQuota, NewQuota, QuotaChange, QuotaWarning } from '@aicarpool/shared-protocol/console';
import { and, asc, eq, isNull, ne } from 'drizzle-orm';
import { allow, audit, type Ctx, type Db, Invalid, inTransaction, NotFound } from '../../kernel/index.ts';
import { type GroupRow, getManagedGroup } from '../groups/group-access.ts';
import { carpoolGroupServices, carpoolKeys, carpoolMemberships, carpoolModels } from '../tables.ts';
import { namesOf, readRules } from './rules/read-rules.ts';
import { fromConsole, nameOfPlace, placeIn, type QuotaRow, type RulePlace, type RuleTerms, toRuleView } from './rules/rule.ts';
import { type RuleWish, writeRules } from './rules/write-rules.ts';

/**
 * Sets a quota of a group; one that counts the same is replaced. 400 `subject_unknown`, `service_not_in_group`,
 * `quota_over_group`, `quota_over_member`, `services_over_group`.
 */
export async function setQuota(ctx: Ctx, groupId: string, wish: NewQuota): Promise<ChangedQuota> {
  allow(ctx, 'carpool.quota.set');
  const place = placeOf(wish);
  return await inTransaction(ctx, async (tx) => {
    const group = await getManagedGroup(tx, ctx, groupId);
    await assertPlace(tx, group, place);
    const terms = {
      limit: fromConsole(place.unit, wish.limit),
      mode: wish.mode,
      whenDry: wish.when_dry,
      maxOutputTokens: wish.max_output_tokens,
      overdraft: fromConsole(place.unit, wish.overdraft),
      strict: wish.strict,
      alertPercent: wish.alert_percent,
    };
    return await write(tx, ctx, group, { place, terms }, wish.reason);
  });
}

/** Changes a quota; what is absent stays. 404 `quota_unknown`, and the refusals of `setQuota`. */
export async function changeQuota(ctx: Ctx, groupId: string, quotaId: string, change: QuotaChange): Promise<ChangedQuota> {
  allow(ctx, 'carpool.quota.set');
  return await inTransaction(ctx, async (tx) => {
    const group = await getManagedGroup(tx, ctx, groupId);
    const rule = await getRule(tx, group, quotaId);
    assertExact(rule.unit, change);
    const terms = { limit: rule.limit, ...termsOf(rule.unit, change) };
    return await write(tx, ctx, group, { place: placeIn(rule), terms }, change.reason);
  });
}

/** Removes a quota; nothing is counted by it any more. 404 `quota_unknown`. */
export async function removeQuota(ctx: Ctx, groupId: string, quotaId: string, reason?: string): Promise<void> {
  allow(ctx, 'carpool.quota.remove');
  await inTransaction(ctx, async (tx) => {
    const group = await getManagedGroup(tx, ctx, groupId);
    const rule = await getRule(tx, group, quotaId);
    const names = await namesOf(tx, group.id, [rule.subject]);
    await writeRules(tx, ctx, group.id, [{ place: placeIn(rule), terms: null }], { origin: 'quota', reason });
    await audit(tx, ctx, {
      action: 'carpool.quota.remove',
      target: { kind: 'quota', id: rule.id },
      groupId: group.id,
      before: toRuleView(rule, names),
      after: reason === undefined ? null : { reason },
    });
  });
}

/** The rule of the group, for whoever may see the group. 404 `quota_unknown`. */
export async function getRule(db: Db, group: Pick<GroupRow, 'id'>, quotaId: string): Promise<QuotaRow> {
  const rule = (await readRules(db, group.id)).find(({ id }) => id === quotaId);
  if (!rule) throw new NotFound('quota_unknown', 'the group has no such quota');
  return rule;
}

async function write(tx: Db, ctx: Ctx, group: GroupRow, wish: RuleWish, reason: string | undefined): Promise<ChangedQuota> {
  const place = nameOfPlace(wish.place);
  const before = (await readRules(tx, group.id)).find((rule) => nameOfPlace(rule) === place);
  // A field that set it can still take it away; the owner of a key cannot lift what a manager set.
  const origin = before?.origin === 'group' || before?.origin === 'service' ? before.origin : 'quota';
  const { rules, warnings } = await writeRules(tx, ctx, group.id, [wish], { origin, reason });
  const row = rules.find((rule) => nameOfPlace(rule) === place);
  if (!row) throw new Error('a quota that was just written is not there');
  const names = await namesOf(tx, group.id, [row.subject]);
  const after = toRuleView(row, names);
  await audit(tx, ctx, {
    action: 'carpool.quota.set',
    target: { kind: 'quota', id: row.id },
    groupId: group.id,
    before: before && toRuleView(before, names),
    after: reason === undefined ? after : { ...after, reason },
  });
  const codes = [...warnings, ...(await unpricedOf(tx, group, wish.place))];
  return { ...after, warnings: codes.map(({ message }) => message), warning_codes: codes };
}

const mostNamed = 5;

/** What a quota in USD will not see. */
async function unpricedOf(tx: Db, group: GroupRow, { unit, serviceId }: RulePlace): Promise<QuotaWarning[]> {
  if (unit === 'tokens') return [];
  const mine = eq(carpoolGroupServices.groupId, group.id);
  const found = await tx
    .select({ model: carpoolModels.model })
    .from(carpoolModels)
    .innerJoin(carpoolGroupServices, eq(carpoolGroupServices.serviceId, carpoolModels.serviceId))
    .where(and(mine, isNull(carpoolModels.price), serviceId === null ? undefined : eq(carpoolModels.serviceId, serviceId)))
    .orderBy(asc(carpoolModels.model));
  if (found.length === 0) return [];
  const names = found.slice(0, mostNamed).map(({ model }) => model);
  const more = found.length - names.length;
  const all = names.join(', ') + (more > 0 ? ` and ${more} more` : '');
  const message = `no price is known of ${all}: requests to them cost nothing here; set their prices`;
  return [{ code: 'models_unpriced', message, params: { models: names.join(', '), more }, about: [] }];
}

function placeOf({ of, subject, service_name, unit, window }: NewQuota): RulePlace {
  if (of === 'group' && subject !== null) throw new Invalid('subject_unknown', 'a quota of the group has no subject');
  return { of, subject, serviceId: service_name, unit: unit === 'usd' ? 'nano_usd' : 'tokens', window };
}

function termsOf(unit: RulePlace['unit'], change: QuotaChange): Partial<RuleTerms> {
  const all = {
    limit: change.limit === undefined ? undefined : fromConsole(unit, change.limit),
    mode: change.mode,
    whenDry: change.when_dry,
    maxOutputTokens: change.max_output_tokens,
    overdraft: change.overdraft === undefined ? undefined : fromConsole(unit, change.overdraft),
    strict: change.strict,
    alertPercent: change.alert_percent,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

const mostUsd = 9_000_000;

// A change does not say its unit, so that its contract cannot see to this.
function assertExact(unit: RulePlace['unit'], { limit, overdraft }: QuotaChange): void {
  const isExact = (one: number | undefined) => one === undefined || (unit === 'tokens' ? Number.isInteger(one) : one <= mostUsd);
  if (!isExact(limit) || !isExact(overdraft))
    throw new Invalid('amount_inexact', 'tokens are whole numbers; USD go up to 9,000,000');
}

async function assertPlace(tx: Db, group: GroupRow, { of, subject, serviceId }: RulePlace): Promise<void> {
  if (serviceId !== null) {
    const used = and(eq(carpoolGroupServices.groupId, group.id), eq(carpoolGroupServices.serviceId, serviceId));
    const [service] = await tx.select({ id: carpoolGroupServices.serviceId }).from(carpoolGroupServices).where(used);
    if (!service) throw new Invalid('service_not_in_group', `the group does not use ${serviceId}`);
  }
  if (of === 'group' || subject === null) return;
  const member = and(eq(carpoolMemberships.groupId, group.id), eq(carpoolMemberships.userId, subject as never));
  const key = and(eq(carpoolKeys.groupId, group.id), eq(carpoolKeys.id, subject as never), ne(carpoolKeys.status, 'deleted'));
  const [found] =
    of === 'member'
      ? await tx.select({ id: carpoolMemberships.id }).from(carpoolMemberships).where(member)
      : await tx.select({ id: carpoolKeys.id }).from(carpoolKeys).where(key);
  if (!found) throw new Invalid('subject_unknown', `the group has no ${of} ${subject}`);
}
