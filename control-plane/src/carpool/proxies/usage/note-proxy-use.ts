import type { NodeId, ProxyHealth, ProxyId } from '@aicarpool/shared-protocol';
import { and, eq, inArray, sql } from 'drizzle-orm';
import { type Ctx, type Db, inTransaction } from '../../../kernel/index.ts';
import {
  carpoolGroups,
  carpoolProxies,
  carpoolProxyGroupHours,
  carpoolProxyHours,
  carpoolProxyMembers,
  carpoolProxyPulses,
} from '../../tables.ts';

const hourMs = 3_600_000;

/**
 * Takes the counters that a node told at a heartbeat into the hour that runs. Counters run since the node's process
 * began, so what counts is what was added; a counter that went back began anew.
 */
// No allow: fleet has made sure which node it is.
// No audit: figures that nodes tell every minute.
export async function noteProxyUse(ctx: Ctx, nodeId: string, told: Readonly<Record<string, ProxyHealth>>): Promise<void> {
  const names = Object.keys(told) as ProxyId[];
  if (names.length === 0) return;
  const nowMs = ctx.clock.now().getTime();
  const hour = new Date(nowMs - (nowMs % hourMs));
  await inTransaction(ctx, async (tx) => {
    const known = await tx
      .select({ id: carpoolProxies.id })
      .from(carpoolProxies)
      .where(inArray(carpoolProxies.id, names))
      .for('key share');
    for (const { id } of known.sort((a, b) => (a.id < b.id ? -1 : 1))) {
      const health = told[id];
      if (health) await noteOne(tx, { nodeId: nodeId as NodeId, proxyId: id, hour, at: new Date(nowMs) }, health);
    }
  });
}

interface Note {
  readonly nodeId: NodeId;
  readonly proxyId: ProxyId;
  readonly hour: Date;
  readonly at: Date;
}

async function noteOne(tx: Db, note: Note, health: ProxyHealth): Promise<void> {
  const { nodeId, proxyId, hour, at } = note;
  const mine = and(eq(carpoolProxyPulses.nodeId, nodeId), eq(carpoolProxyPulses.proxyId, proxyId));
  const [pulse] = await tx.select().from(carpoolProxyPulses).where(mine).for('update');
  const before = pulse && pulse.health.requests <= health.requests ? pulse.health : undefined;
  const told = { nodeId, proxyId, at, health };
  await tx
    .insert(carpoolProxyPulses)
    .values(told)
    .onConflictDoUpdate({ target: [carpoolProxyPulses.proxyId, carpoolProxyPulses.nodeId], set: { at, health } });
  const peak = health.peak_connections > (before?.peak_connections ?? 0) ? health.peak_connections : health.connections;
  const hours = carpoolProxyHours;
  const added = {
    requests: gain(before?.requests, health.requests),
    failures: gain(before?.failures, health.failures),
    bytes: gain(before?.bytes, health.bytes),
    latencySumMs: health.latency_ms ?? 0,
    latencyCount: health.latency_ms === null ? 0 : 1,
  };
  await tx
    .insert(hours)
    .values({ proxyId, hour, ...added, peakConnections: peak })
    .onConflictDoUpdate({
      target: [hours.proxyId, hours.hour],
      set: {
        requests: sql`${hours.requests} + ${added.requests}`,
        failures: sql`${hours.failures} + ${added.failures}`,
        bytes: sql`${hours.bytes} + ${added.bytes}`,
        latencySumMs: sql`${hours.latencySumMs} + ${added.latencySumMs}`,
        latencyCount: sql`${hours.latencyCount} + ${added.latencyCount}`,
        peakConnections: sql`greatest(${hours.peakConnections}, ${peak})`,
      },
    });
  await noteGroups(tx, note, before, health);
}

async function noteGroups(tx: Db, { proxyId, hour }: Note, before: ProxyHealth | undefined, health: ProxyHealth): Promise<void> {
  const ids = Object.keys(health.groups) as (typeof carpoolGroups.$inferSelect)['id'][];
  if (ids.length === 0) return;
  const known = await tx.select({ id: carpoolGroups.id }).from(carpoolGroups).where(inArray(carpoolGroups.id, ids));
  const table = carpoolProxyGroupHours;
  for (const { id: groupId } of known) {
    const [now, then] = [health.groups[groupId], before?.groups[groupId]];
    if (!now) continue;
    const requests = gain(then?.requests, now.requests);
    const failures = gain(then?.failures, now.failures);
    if (requests + failures > 0) {
      await tx
        .insert(table)
        .values({ proxyId, groupId, hour, requests, failures })
        .onConflictDoUpdate({
          target: [table.proxyId, table.groupId, table.hour],
          set: { requests: sql`${table.requests} + ${requests}`, failures: sql`${table.failures} + ${failures}` },
        });
    }
    const members = now.recent_members.map((userId) => ({ proxyId, groupId, hour, userId: userId as never }));
    if (members.length > 0) await tx.insert(carpoolProxyMembers).values(members).onConflictDoNothing();
  }
}

function gain(before: number | undefined, now: number): number {
  return before === undefined || before > now ? now : now - before;
}
