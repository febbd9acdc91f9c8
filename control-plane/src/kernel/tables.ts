import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  char,
  check,
  customType,
  index,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
} from 'drizzle-orm/pg-core';

const xid8 = customType<{ data: string }>({ dataType: () => 'xid8' });

/** One row: the newest config version. Only the trigger `cfg_assign` writes it, at commit. */
export const cfgHead = pgTable(
  'cfg_head',
  {
    one: boolean().primaryKey().default(true),
    v: bigint({ mode: 'number' }).notNull(),
  },
  (table) => [check('cfg_head_one', sql`${table.one}`)],
);

/** What changed in which scope. Written by `cfg_note`, called from the triggers of config tables. */
export const cfgLog = pgTable(
  'cfg_log',
  {
    n: bigint({ mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    xid: xid8().notNull().default(sql`pg_current_xact_id()`),
    version: bigint({ mode: 'number' }),
    scope: text().notNull(),
    kind: text().notNull(),
    id: text().notNull(),
    op: char({ length: 1 }).notNull(),
    at: timestamp({ withTimezone: true }).notNull().default(sql`now()`),
  },
  (table) => [
    index('cfg_log_scope_version').on(table.scope, table.version),
    index('cfg_log_version').on(table.version),
    index('cfg_log_unassigned').on(table.xid).where(sql`version is null`),
  ],
);

/** What a part of the config was after each of its changes, without its secrets; null: gone. Written by `cfg_assign`. */
export const cfgHistory = pgTable(
  'cfg_history',
  {
    scope: text().notNull(),
    kind: text().notNull(),
    id: text().notNull(),
    version: bigint({ mode: 'number' }).notNull(),
    state: jsonb().$type<Record<string, unknown>>(),
    xid: xid8().notNull().default(sql`pg_current_xact_id()`),
    at: timestamp({ withTimezone: true }).notNull().default(sql`now()`),
  },
  (table) => [
    primaryKey({ columns: [table.scope, table.kind, table.id, table.version] }),
    index('cfg_history_version').on(table.scope, table.version),
  ],
);

/** Who did what. Written by `audit`, in the transaction of the deed; never changed. */
export const kernelAudit = pgTable(
  'kernel_audit',
  {
    id: text().primaryKey(),
    at: timestamp({ withTimezone: true }).notNull(),
    xid: xid8().notNull().default(sql`pg_current_xact_id()`),
    actorKind: text('actor_kind').notNull(),
    actorId: text('actor_id'),
    action: text().notNull(),
    targetKind: text('target_kind').notNull(),
    targetId: text('target_id').notNull(),
    groupId: text('group_id'),
    requestId: text('request_id').notNull(),
    address: text(),
    before: jsonb(),
    after: jsonb(),
  },
  (table) => [
    index('kernel_audit_at').on(table.at),
    index('kernel_audit_target').on(table.targetKind, table.targetId, table.at),
    index('kernel_audit_group').on(table.groupId, table.at),
  ],
);
