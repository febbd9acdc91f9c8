import { type GroupId, type KeyId, newId } from '@aicarpool/shared-protocol';
import type { QuotaWarning } from '@aicarpool/shared-protocol/console';
import { and, eq, sql } from 'drizzle-orm';
import { Conflict, type Ctx, type Db, Invalid } from '../../../kernel/index.ts';
import { carpoolKeys, carpoolQuotaChanges, carpoolQuotas } from '../../tables.ts';
import { checkRules, type Finding } from './check-rules.ts';
import { readRules, readSurroundings } from './read-rules.ts';
import {
  defaultTerms,
  isLimitOfKey,
  nameOfPlace,
  placeIn,
  type QuotaRow,
  quotaIdOf,
  type RuleOrigin,
  type RulePlace,
  type RuleTerms,
  termsIn,
} from './rule.ts';

/** What one place shall have. `terms` null: no rule; what the terms leave out stays, or is the default. */
export interface RuleWish {
  readonly place: RulePlace;
  readonly terms: (Partial<RuleTerms> & Pick<RuleTerms, 'limit'>) | null;
}

export interface WriteOptions {
  /** As what they are set. A field that goes away takes only a rule along that it set itself. */
  readonly origin: RuleOrigin;
  readonly reason?: string | undefined;
}

export interface WrittenRules {
  /** The rules of the group, now. */
  readonly rules: readonly QuotaRow[];
  readonly warnings: readonly QuotaWarning[];
}

const mostRules = 500;

/**
 * Makes the rules of a group what is wished, with a line in their history for each, in the transaction of the caller,
 * who writes the audit. 400 `quota_over_group`, `quota_over_member`, `services_over_group`; 409 `too_many_quotas`.
 */
export async function writeRules(
  tx: Db,
  ctx: Ctx,
  groupId: GroupId,
  wishes: readonly RuleWish[],
  options: WriteOptions,
): Promise<WrittenRules> {
  const before = await readRules(tx, groupId);
  const held = new Map(before.map((row) => [nameOfPlace(row), row]));
  const changes = wishes.flatMap((wish) => changeOf(ctx, groupId, wish, held.get(nameOfPlace(wish.place)), options) ?? []);
  const touched = new Set(changes.map(({ place }) => nameOfPlace(place)));
  const rows = changes.flatMap(({ row }) => row ?? []);
  const after = [...before.filter((row) => !touched.has(nameOfPlace(row))), ...rows];
  if (after.length > mostRules && after.length > before.length)
    throw new Conflict('too_many_quotas', `a group has at most ${mostRules} quotas`);
  const warnings = await assertFit(tx, groupId, before, after, touched);
  for (const change of changes) await writeChange(tx, ctx, groupId, change, options.reason);
  return { rules: after, warnings };
}

/** Removes every rule of a group that is closed. */
export async function removeGroupRules(tx: Db, ctx: Ctx, groupId: GroupId): Promise<void> {
  const wishes = (await readRules(tx, groupId)).map((row) => ({ place: placeIn(row), terms: null }));
  await writeRules(tx, ctx, groupId, wishes, { origin: 'quota', reason: 'the group was closed' });
}

interface Change {
  readonly place: RulePlace;
  readonly before: QuotaRow | undefined;
  /** null: it goes. */
  readonly row: QuotaRow | null;
}

function changeOf(
  ctx: Ctx,
  groupId: GroupId,
  { place, terms }: RuleWish,
  before: QuotaRow | undefined,
  { origin }: WriteOptions,
): Change | undefined {
  if (terms === null) {
    const isMine = before !== undefined && (origin === 'quota' || before.origin === origin);
    return isMine ? { place, before, row: null } : undefined;
  }
  const now = ctx.clock.now();
  const held = before ?? { ...defaultTerms, id: quotaIdOf(groupId, place), createdAt: now };
  const row: QuotaRow = { ...held, ...placeIn(place), ...terms, groupId, origin, updatedAt: now };
  // What a manager sets is his, also where it is what the owner of a key had set before.
  const isTaken = origin === 'quota' && before?.origin === 'key';
  if (before && sameTerms(before, row) && !isTaken) return undefined;
  return { place, before, row };
}

function sameTerms(a: RuleTerms, b: RuleTerms): boolean {
  return JSON.stringify(termsIn(a)) === JSON.stringify(termsIn(b));
}

/** What was wrong before may stay; nothing may become wrong. Gives the warnings about what is written. */
async function assertFit(
  tx: Db,
  groupId: GroupId,
  before: readonly QuotaRow[],
  after: readonly QuotaRow[],
  touched: ReadonlySet<string>,
): Promise<QuotaWarning[]> {
  const surroundings = await readSurroundings(tx, groupId, after);
  const concerns = (finding: Finding) => finding.about.some((place) => touched.has(place));
  const found = checkRules(after, surroundings).filter(concerns);
  const known = new Set(checkRules(before, surroundings).map(({ message }) => message));
  const [wrong] = found.filter(({ level, message }) => level === 'error' && !known.has(message));
  if (wrong) throw new Invalid(wrong.code, wrong.message);
  const idOf = new Map(after.map((row) => [nameOfPlace(row), row.id]));
  return found.map(({ code, message, params, about }) => ({
    ...{ code, message, params },
    about: about.flatMap((place) => idOf.get(place) ?? []),
  }));
}

async function writeChange(tx: Db, ctx: Ctx, groupId: GroupId, change: Change, reason: string | undefined): Promise<void> {
  const { place, before, row } = change;
  const id = row?.id ?? before?.id;
  if (id === undefined) return;
  if (row === null) await tx.delete(carpoolQuotas).where(eq(carpoolQuotas.id, id));
  else if (before) await tx.update(carpoolQuotas).set(row).where(eq(carpoolQuotas.id, id));
  else await tx.insert(carpoolQuotas).values(row);
  await tellKey(tx, ctx, place, row?.limit ?? null);
  const { actor } = ctx;
  await tx.insert(carpoolQuotaChanges).values({
    id: newId('quotaChange'),
    groupId,
    quotaId: id,
    at: ctx.clock.now(),
    actorKind: actor.kind,
    actorId: actor.kind === 'user' ? actor.userId : actor.kind === 'node' ? actor.nodeId : null,
    requestId: ctx.requestId,
    reason: reason || null,
    origin: row?.origin ?? before?.origin ?? 'quota',
    place: placeIn(place),
    before: before ? termsIn(before) : null,
    after: row && termsIn(row),
  });
}

/** The `token_limit` of a key says the same as the rule. */
async function tellKey(tx: Db, ctx: Ctx, place: RulePlace, limit: number | null): Promise<void> {
  if (!isLimitOfKey(place)) return;
  await tx
    .update(carpoolKeys)
    .set({ tokenLimit: limit, updatedAt: ctx.clock.now() })
    .where(and(eq(carpoolKeys.id, place.subject as KeyId), sql`${carpoolKeys.tokenLimit} IS DISTINCT FROM ${limit}`));
}
