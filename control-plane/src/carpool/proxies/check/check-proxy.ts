import type { ProbeAnswer } from '@aicarpool/shared-protocol';
import type { ProxyCheck } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { allow, audit, type Ctx, inTransaction } from '../../../kernel/index.ts';
import { carpoolProxies } from '../../tables.ts';
import type { AddressPolicy } from '../../upstreams/base-url.ts';
import { groupsUsing, readProxy } from '../proxy-access.ts';
import type { ProxyRow } from '../proxy-view.ts';
import { openPassword } from '../tell-proxies.ts';
import { readFigures } from '../usage/read-figures.ts';
import { greetProxy } from './greet-proxy.ts';
import type { Locate, Place } from './locate-address.ts';
import { checkOfGreeting, checkOfNode } from './read-check.ts';

/** What a check asks outside of carpool. */
export interface CheckPorts {
  readonly policy: AddressPolicy;
  readonly locate: Locate;
  /** Goes through the proxy from a node that serves the group; undefined: no node there answers. */
  tryProxy(ctx: Ctx, groupId: string, proxyId: string): Promise<ProbeAnswer['result'] | undefined>;
}

/** A provider that every proxy should let us reach. */
const publicTarget = 'api.anthropic.com:443';
const groupsAtMost = 3;

/** Checks a proxy now and keeps what was found. 404 `proxy_unknown`. */
// No transaction of its own: checkAndKeep writes the audit row beside the result.
export async function checkProxy(ctx: Ctx, ports: CheckPorts, proxyId: string): Promise<{ proxy: ProxyRow; check: ProxyCheck }> {
  allow(ctx, 'carpool.proxy.check');
  return await checkAndKeep(ctx, ports, await readProxy(ctx.db, proxyId));
}

/** Asks a node that uses the proxy, else knocks from here. A proxy of which a check fails is marked, and again when it is well. */
export async function checkAndKeep(
  ctx: Ctx,
  ports: CheckPorts,
  proxy: ProxyRow,
): Promise<{ proxy: ProxyRow; check: ProxyCheck }> {
  allow(ctx, 'carpool.proxy.check');
  const { check, place } = await look(ctx, ports, proxy);
  return await inTransaction(ctx, async (tx) => {
    const now = ctx.clock.now();
    const [row] = await tx
      .update(carpoolProxies)
      .set({
        healthCheck: check,
        lastCheckAt: now,
        status: statusAfter(proxy.status, check),
        ...(check.anonymity_level === null ? {} : { anonymityLevel: check.anonymity_level }),
        ...(place ? placeColumns(proxy, place) : {}),
        updatedAt: now,
      })
      .where(eq(carpoolProxies.id, proxy.id))
      .returning();
    await audit(tx, ctx, { action: 'carpool.proxy.check', target: { kind: 'proxy', id: proxy.id }, after: check });
    return { proxy: row ?? proxy, check };
  });
}

async function look(ctx: Ctx, ports: CheckPorts, proxy: ProxyRow): Promise<{ check: ProxyCheck; place?: Place | undefined }> {
  const successRate = (await readFigures(ctx, [proxy.id])).get(proxy.id)?.successRate ?? null;
  for (const groupId of (await groupsUsing(ctx.db, proxy.id)).slice(0, groupsAtMost)) {
    const result = await ports.tryProxy(ctx, groupId, proxy.id);
    if (!result) continue;
    const place = result.ok && result.exit_address !== null ? await ports.locate(result.exit_address) : undefined;
    return { check: checkOfNode(proxy, result, place, successRate), place };
  }
  const greeting = await greetProxy(ports.policy, { ...proxy, password: openPassword(ctx, proxy) }, publicTarget);
  return { check: checkOfGreeting(greeting, successRate) };
}

function statusAfter(before: ProxyRow['status'], { connectivity }: ProxyCheck): ProxyRow['status'] {
  if (before !== 'active' && before !== 'error') return before;
  return connectivity === 'ok' ? 'active' : 'error';
}

/** What somebody wrote down about the place stays; the map takes the exit address. */
function placeColumns(proxy: ProxyRow, { country, city, latitude, longitude }: Place): Partial<ProxyRow> {
  return {
    latitude,
    longitude,
    countryCode: proxy.countryCode ?? (proxy.country === null ? country : null),
    country: proxy.country ?? country,
    city: proxy.city ?? city,
  };
}
