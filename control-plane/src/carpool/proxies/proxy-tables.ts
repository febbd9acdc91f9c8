import type { Egress, GroupId, NodeId, ProxyHealth, ProxyId, SealedSecret, UserId } from '@aicarpool/shared-protocol';
import type { ProxyCheck } from '@aicarpool/shared-protocol/console';
import { sql } from 'drizzle-orm';
import {
  bigint,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core';
import { carpoolGroups } from '../tables.ts';

const instant = (name: string) => timestamp(name, { withTimezone: true });
const amount = (name: string) => bigint(name, { mode: 'number' }).notNull().default(0);

/** How requests of a group leave, as it is stored with the group. */
export interface EgressSettings extends Egress {
  readonly version: number;
  readonly updatedAt: string;
}

/** Outbound proxies of the installation. Written by `addProxy`, `updateProxy`, `checkProxy`. */
export const carpoolProxies = pgTable(
  'carpool_proxies',
  {
    id: text().$type<ProxyId>().primaryKey(),
    name: text().notNull(),
    description: text().notNull(),
    type: text({ enum: ['socks5', 'socks5h', 'http', 'https'] }).notNull(),
    host: text().notNull(),
    port: integer().notNull(),
    username: text(),
    /** Sealed by the keyring. */
    password: text(),
    provider: text(),
    providerPlan: text('provider_plan'),
    country: text(),
    countryCode: text('country_code'),
    city: text(),
    region: text(),
    /** Of the exit address, from the last check that saw it. */
    latitude: doublePrecision(),
    longitude: doublePrecision(),
    maxConcurrent: integer('max_concurrent').notNull(),
    anonymityLevel: text('anonymity_level', { enum: ['transparent', 'anonymous', 'elite'] }).notNull(),
    status: text({ enum: ['active', 'inactive', 'maintenance', 'error'] }).notNull(),
    healthCheck: jsonb('health_check').$type<ProxyCheck>(),
    lastCheckAt: instant('last_check_at'),
    costPerMonthNanoUsd: bigint('cost_per_month_nano_usd', { mode: 'number' }),
    createdAt: instant('created_at').notNull(),
    updatedAt: instant('updated_at').notNull(),
  },
  (table) => [
    // Vendors give many exits behind one address, told apart by the user name.
    uniqueIndex('carpool_proxies_place').on(table.host, table.port, sql`coalesce(username, '')`),
    index('carpool_proxies_status').on(table.status),
  ],
);

const proxyId = () =>
  text('proxy_id')
    .$type<ProxyId>()
    .notNull()
    .references(() => carpoolProxies.id, { onDelete: 'cascade' });
const groupId = () =>
  text('group_id')
    .$type<GroupId>()
    .notNull()
    .references(() => carpoolGroups.id, { onDelete: 'cascade' });

/** Which proxies the nodes of a group are told of, with the password under the group's data key. Written by `tellProxies`. */
export const carpoolGroupProxies = pgTable(
  'carpool_group_proxies',
  { groupId: groupId(), proxyId: proxyId(), password: jsonb().$type<SealedSecret>() },
  (table) => [primaryKey({ columns: [table.groupId, table.proxyId] }), index('carpool_group_proxies_proxy').on(table.proxyId)],
);

/** The last counters that a node told of a proxy. Written by `noteProxyUse`. */
export const carpoolProxyPulses = pgTable(
  'carpool_proxy_pulses',
  {
    nodeId: text('node_id').$type<NodeId>().notNull(),
    proxyId: proxyId(),
    at: instant('at').notNull(),
    health: jsonb().$type<ProxyHealth>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.proxyId, table.nodeId] })],
);

/** What a proxy carried in an hour, on all nodes. Written by `noteProxyUse`. */
export const carpoolProxyHours = pgTable(
  'carpool_proxy_hours',
  {
    proxyId: proxyId(),
    hour: instant('hour').notNull(),
    requests: amount('requests'),
    failures: amount('failures'),
    bytes: amount('bytes'),
    peakConnections: integer('peak_connections').notNull().default(0),
    latencySumMs: doublePrecision('latency_sum_ms').notNull().default(0),
    latencyCount: integer('latency_count').notNull().default(0),
  },
  (table) => [primaryKey({ columns: [table.proxyId, table.hour] })],
);

/** The same by group. */
export const carpoolProxyGroupHours = pgTable(
  'carpool_proxy_group_hours',
  {
    proxyId: proxyId(),
    groupId: groupId(),
    hour: instant('hour').notNull(),
    requests: amount('requests'),
    failures: amount('failures'),
  },
  (table) => [
    primaryKey({ columns: [table.proxyId, table.groupId, table.hour] }),
    index('carpool_proxy_group_hours_group').on(table.groupId, table.hour),
  ],
);

/** Who used a proxy in an hour. */
export const carpoolProxyMembers = pgTable(
  'carpool_proxy_members',
  { proxyId: proxyId(), groupId: groupId(), userId: text('user_id').$type<UserId>().notNull(), hour: instant('hour').notNull() },
  (table) => [primaryKey({ columns: [table.proxyId, table.hour, table.groupId, table.userId] })],
);
