import type { ProxyChange } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { allow, audit, type Ctx, inTransaction, sqlStateOf } from '../../kernel/index.ts';
import { carpoolProxies } from '../tables.ts';
import type { AddressPolicy } from '../upstreams/base-url.ts';
import { checkProxyHost } from './check-host.ts';
import { lockProxy, placeTaken } from './proxy-access.ts';
import { auditableProxy, type ProxyRow } from './proxy-view.ts';
import { retellProxy, storePassword } from './tell-proxies.ts';

/** Changes what is named and gives the names of the fields. Nodes are told at once. 404 `proxy_unknown`, 409 `proxy_taken`. */
export async function updateProxy(ctx: Ctx, policy: AddressPolicy, proxyId: string, change: ProxyChange): Promise<string[]> {
  allow(ctx, 'carpool.proxy.update');
  const host = change.host === undefined ? undefined : await checkProxyHost(policy, change.host);
  return await inTransaction(ctx, async (tx) => {
    const before = await lockProxy(tx, proxyId);
    const password = change.password === undefined ? {} : { password: storePassword(ctx, before.id, change.password) };
    const [after] = await tx
      .update(carpoolProxies)
      .set({ ...columnsOf({ ...change, host }), ...password, updatedAt: ctx.clock.now() })
      .where(eq(carpoolProxies.id, before.id))
      .returning()
      .catch((error: unknown) => {
        throw sqlStateOf(error) === '23505' ? placeTaken() : error;
      });
    if (!after) throw new Error('a proxy that was just written is not there');
    if (change.password !== undefined) await retellProxy(tx, ctx, after);
    await audit(tx, ctx, {
      action: 'carpool.proxy.update',
      target: { kind: 'proxy', id: before.id },
      before: auditableProxy(before),
      after: { ...auditableProxy(after), rekeyed: change.password !== undefined },
    });
    return Object.entries(change).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  });
}

function columnsOf(change: Omit<ProxyChange, 'password'>): Partial<ProxyRow> {
  const { proxy_type, provider_plan, country_code, max_concurrent, anonymity_level, cost_per_month } = change;
  const columns = {
    name: change.name,
    description: change.description,
    type: proxy_type,
    host: change.host,
    port: change.port,
    username: change.username,
    provider: change.provider,
    providerPlan: provider_plan,
    country: change.country,
    countryCode: country_code,
    city: change.city,
    region: change.region,
    maxConcurrent: max_concurrent,
    anonymityLevel: anonymity_level,
    status: change.status,
    costPerMonthNanoUsd: typeof cost_per_month === 'number' ? Math.round(cost_per_month * 1e9) : cost_per_month,
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
}
