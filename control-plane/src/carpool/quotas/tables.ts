import type { AlertId, GroupId, QuotaChangeId, QuotaId, UserId } from '@aicarpool/shared-protocol';
import { sql } from 'drizzle-orm';
import { bigint, boolean, check, index, integer, jsonb, pgTable, text, timestamp, unique } from 'drizzle-orm/pg-core';
import { identityUsers } from '../../identity/tables.ts';
import { carpoolGroups, carpoolServices } from '../tables.ts';
import type { RulePlace, RuleTerms } from './rules/rule.ts';

const instant = (name: string) => timestamp(name, { withTimezone: true });
const groupId = () =>
  text('group_id')
    .$type<GroupId>()
    .notNull()
    .references(() => carpoolGroups.id, { onDelete: 'cascade' });

/**
 * How much may be used in a window, on all nodes together. Written in `quotas/`, and by the verbs of keys, groups and
 * their services for the limits that those carry (`origin`).
 */
export const carpoolQuotas = pgTable(
  'carpool_quotas',
  {
    id: text().$type<QuotaId>().primaryKey(),
    groupId: groupId(),
    of: text({ enum: ['group', 'member', 'key'] }).notNull(),
    /** Member or key; null: each of them, or the group. */
    subject: text(),
    serviceId: text('service_id').references(() => carpoolServices.id),
    unit: text({ enum: ['tokens', 'nano_usd'] }).notNull(),
    window: text({ enum: ['day', 'month', 'total'] }).notNull(),
    limit: bigint({ mode: 'number' }).notNull(),
    mode: text({ enum: ['hard', 'soft', 'stream'] })
      .notNull()
      .default('soft'),
    whenDry: text('when_dry', { enum: ['cut', 'overrun'] })
      .notNull()
      .default('overrun'),
    maxOutputTokens: integer('max_output_tokens'),
    overdraft: bigint({ mode: 'number' }).notNull().default(0),
    strict: boolean().notNull().default(false),
    /** Share of the limit, in percent, at which its people are told. */
    alertPercent: integer('alert_percent').notNull().default(80),
    /** Where it was set: by itself, or as a field of its group, a service of the group, or a key. */
    origin: text({ enum: ['quota', 'group', 'service', 'key'] }).notNull(),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (table) => [
    unique('carpool_quotas_rule')
      .on(table.groupId, table.of, table.subject, table.serviceId, table.unit, table.window)
      .nullsNotDistinct(),
    index('carpool_quotas_subject').on(table.subject),
    check('carpool_quotas_limit', sql`${table.limit} >= 0`),
  ],
);

/** Every change of a quota, for good; the quota itself may be gone. Written by `writeRules`. */
export const carpoolQuotaChanges = pgTable(
  'carpool_quota_changes',
  {
    id: text().$type<QuotaChangeId>().primaryKey(),
    groupId: groupId(),
    quotaId: text('quota_id').$type<QuotaId>().notNull(),
    at: instant('at').notNull(),
    actorKind: text('actor_kind', { enum: ['user', 'node', 'system', 'anonymous'] }).notNull(),
    actorId: text('actor_id'),
    requestId: text('request_id').notNull(),
    reason: text(),
    origin: text({ enum: ['quota', 'group', 'service', 'key'] }).notNull(),
    place: jsonb().$type<RulePlace>().notNull(),
    /** null: there was none. */
    before: jsonb().$type<RuleTerms>(),
    /** null: it was removed. */
    after: jsonb().$type<RuleTerms>(),
  },
  (table) => [
    index('carpool_quota_changes_group').on(table.groupId, table.at),
    index('carpool_quota_changes_quota').on(table.quotaId, table.at),
  ],
);

/** That a quota came near its limit, or reached it: once for each window, subject, limit and level. Written by `noteQuotaUse`. */
export const carpoolAlerts = pgTable(
  'carpool_alerts',
  {
    id: text().$type<AlertId>().primaryKey(),
    groupId: groupId(),
    quotaId: text('quota_id').$type<QuotaId>().notNull(),
    place: jsonb().$type<RulePlace>().notNull(),
    /** Member or key; "" for a group. */
    subject: text().notNull(),
    /** Whom it concerns besides the managers; null: everybody in the group. */
    userId: text('user_id')
      .$type<UserId>()
      .references(() => identityUsers.id),
    level: text({ enum: ['near', 'reached'] }).notNull(),
    limit: bigint({ mode: 'number' }).notNull(),
    used: bigint({ mode: 'number' }).notNull(),
    startsAt: instant('starts_at'),
    endsAt: instant('ends_at'),
    raisedAt: instant('raised_at').notNull(),
    acknowledgedAt: instant('acknowledged_at'),
    acknowledgedBy: text('acknowledged_by')
      .$type<UserId>()
      .references(() => identityUsers.id),
  },
  (table) => [
    unique('carpool_alerts_once').on(table.quotaId, table.subject, table.startsAt, table.limit, table.level).nullsNotDistinct(),
    index('carpool_alerts_group').on(table.groupId, table.raisedAt),
    index('carpool_alerts_user').on(table.userId, table.raisedAt),
  ],
);
