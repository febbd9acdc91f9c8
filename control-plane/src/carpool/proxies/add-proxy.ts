import { newId } from '@aicarpool/shared-protocol';
import type { NewProxy, ProxyCheck } from '@aicarpool/shared-protocol/console';
import { allow, audit, type Ctx, inTransaction, sqlStateOf } from '../../kernel/index.ts';
import { carpoolProxies } from '../tables.ts';
import type { AddressPolicy } from '../upstreams/base-url.ts';
import { type CheckPorts, checkAndKeep } from './check/check-proxy.ts';
import { checkProxyHost } from './check-host.ts';
import { placeTaken } from './proxy-access.ts';
import { auditableProxy, type ProxyRow } from './proxy-view.ts';
import { storePassword } from './tell-proxies.ts';

/** Adds an outbound proxy, its password sealed, and checks it. 409 `proxy_taken`, 400 `proxy_host_not_allowed`. */
export async function addProxy(
  ctx: Ctx,
  policy: AddressPolicy,
  ports: CheckPorts,
  wish: NewProxy,
): Promise<{ readonly proxy: ProxyRow; readonly check: ProxyCheck }> {
  allow(ctx, 'carpool.proxy.add');
  const host = await checkProxyHost(policy, wish.host);
  const row = await inTransaction(ctx, async (tx) => {
    const id = newId('proxy');
    const now = ctx.clock.now();
    const [added] = await tx
      .insert(carpoolProxies)
      .values({
        id,
        name: wish.name,
        description: wish.description,
        type: wish.proxy_type,
        host,
        port: wish.port,
        username: wish.username,
        password: storePassword(ctx, id, wish.password),
        provider: wish.provider,
        providerPlan: wish.provider_plan,
        country: wish.country,
        countryCode: wish.country_code,
        city: wish.city,
        region: wish.region,
        maxConcurrent: wish.max_concurrent,
        anonymityLevel: wish.anonymity_level,
        status: 'active',
        costPerMonthNanoUsd: wish.cost_per_month === null ? null : Math.round(wish.cost_per_month * 1e9),
        createdAt: now,
        updatedAt: now,
      })
      .returning()
      .catch((error: unknown) => {
        throw sqlStateOf(error) === '23505' ? placeTaken() : error;
      });
    if (!added) throw new Error('a proxy that was just written is not there');
    await audit(tx, ctx, { action: 'carpool.proxy.add', target: { kind: 'proxy', id }, after: auditableProxy(added) });
    return added;
  });
  return await checkAndKeep(ctx, ports, row);
}
