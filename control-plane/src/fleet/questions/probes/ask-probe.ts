import { newId, type Probe, type ProbeAnswer } from '@aicarpool/shared-protocol';
import { asc, eq, isNull } from 'drizzle-orm';
import type { Ctx } from '../../../kernel/context.ts';
import { CarpoolError, Conflict, LimitReached, Unavailable } from '../../../kernel/errors.ts';
import type { FleetParts } from '../../fleet-parts.ts';
import { announceToFleet } from '../../hub/fleet-channel.ts';
import type { NodeRow } from '../../nodes/find-node.ts';
import { offlineAfterMs } from '../../nodes/mark-offline.ts';
import { serves } from '../../placement/serves.ts';
import { fleetNodes, fleetProbes } from '../../tables.ts';

type WithoutFrame<P> = P extends Probe ? Omit<P, 'probe_id' | 'deadline_ms'> : never;

export interface ProbeWish {
  readonly probe: WithoutFrame<Probe>;
  /** 60 s at most. */
  readonly deadlineMs: number;
}

export interface ProbeReply {
  readonly nodeId: string;
  readonly nodeName: string;
  readonly result: ProbeAnswer['result'];
}

const mostAtOnce = 64;
/** A lost notification is made up for this often. */
const lookEveryMs = 250;
/** The node is given this share of the time, the ways there and back get the rest. */
const nodeShare = 0.9;

/**
 * Asks one connected node that serves the group to try something, wherever its stream is. The caller has checked that the
 * asker may. 409 `no_node_serves`, 503 `no_node_connected`, 504 `probe_timeout`.
 */
export async function askProbe(parts: FleetParts, ctx: Ctx, { probe, deadlineMs }: ProbeWish): Promise<ProbeReply> {
  const { hub } = parts;
  if (hub.probing >= mostAtOnce) throw new LimitReached('probes_busy', 'many tests run already; try again shortly', undefined, 5);
  const node = await chooseNode(parts, ctx, probe.group_id);
  const id = newId('probe');
  const full: Probe = { ...probe, probe_id: id, deadline_ms: Math.min(60_000, Math.max(1, Math.floor(deadlineMs * nodeShare))) };
  const deadlineAt = new Date(ctx.clock.now().getTime() + deadlineMs);
  await ctx.db.insert(fleetProbes).values({ id, nodeId: node.id, probe: full, deadlineAt });
  const { promise, resolve } = Promise.withResolvers<ProbeAnswer['result'] | undefined>();
  const stop = hub.awaitProbe(id, resolve);
  const looking = setInterval(() => void look(ctx, id, resolve), lookEveryMs);
  const late = setTimeout(() => resolve(undefined), deadlineMs);
  try {
    if (!hub.probe(node.id, full)) await announceToFleet(ctx.db, { about: 'probe', nodeId: node.id, probeId: id });
    const result = await promise;
    if (!result) throw new CarpoolError(504, 'probe_timeout', `node ${node.name} did not answer in time; try again`);
    return { nodeId: node.id, nodeName: node.name, result };
  } finally {
    clearInterval(looking);
    clearTimeout(late);
    stop();
    await ctx.db.delete(fleetProbes).where(eq(fleetProbes.id, id));
  }
}

async function chooseNode({ hub, facts }: FleetParts, ctx: Ctx, groupId: string): Promise<NodeRow> {
  const group = (await facts.listPlaceableGroups(ctx.db)).find(({ id }) => id === groupId);
  const nodes = await ctx.db.select().from(fleetNodes).where(isNull(fleetNodes.retiredAt)).orderBy(asc(fleetNodes.registeredAt));
  const serving = nodes.filter((node) => group && serves(node, group));
  if (serving.length === 0) {
    const why = group?.status === 'draft' || group?.status === 'closed' ? `it is ${group.status}` : 'none is placed for it';
    throw new Conflict('no_node_serves', `no node serves this group: ${why}`, { group_status: group?.status ?? null });
  }
  const aliveSinceMs = ctx.clock.now().getTime() - offlineAfterMs;
  const heardMs = (node: NodeRow) => Math.max(node.lastHeartbeatAt?.getTime() ?? 0, node.sessionOpenedAt?.getTime() ?? 0);
  const chosen =
    serving.find((node) => hub.holds(node.id)) ?? serving.find((node) => node.streamId !== null && heardMs(node) >= aliveSinceMs);
  if (chosen) return chosen;
  throw new Unavailable('no_node_connected', 'no node of this group is connected now; start one, or try again shortly', {
    nodes: serving.length,
  });
}

async function look(ctx: Ctx, probeId: string, resolve: (result: ProbeAnswer['result']) => void): Promise<void> {
  try {
    const [row] = await ctx.db.select({ result: fleetProbes.result }).from(fleetProbes).where(eq(fleetProbes.id, probeId));
    if (row?.result) resolve(row.result);
  } catch (error) {
    ctx.log.debug({ error }, 'a result could not be looked for; the next look asks again');
  }
}
