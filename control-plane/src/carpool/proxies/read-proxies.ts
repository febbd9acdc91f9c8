import type { ProxyView } from '@aicarpool/shared-protocol/console';
import { and, asc, count, eq, or } from 'drizzle-orm';
import { allow, type Ctx, offsetOf, type Page } from '../../kernel/index.ts';
import { carpoolProxies } from '../tables.ts';
import { readProxy, viewProxies } from './proxy-access.ts';
import type { ProxyRow } from './proxy-view.ts';

export interface ProxyFilter extends Page {
  readonly status?: ProxyRow['status'] | undefined;
  readonly proxy_type?: ProxyRow['type'] | undefined;
  readonly country?: string | undefined;
  readonly provider?: string | undefined;
}

/** Outbound proxies, for administrators. */
export async function listProxies(ctx: Ctx, filter: ProxyFilter): Promise<{ proxies: ProxyView[]; total: number }> {
  allow(ctx, 'carpool.proxy.read');
  const { status, proxy_type, country, provider } = filter;
  const where = and(
    status && eq(carpoolProxies.status, status),
    proxy_type && eq(carpoolProxies.type, proxy_type),
    country === undefined
      ? undefined
      : or(eq(carpoolProxies.country, country), eq(carpoolProxies.countryCode, country.toUpperCase())),
    provider === undefined ? undefined : eq(carpoolProxies.provider, provider),
  );
  const [counted] = await ctx.db.select({ count: count() }).from(carpoolProxies).where(where);
  const rows = await ctx.db
    .select()
    .from(carpoolProxies)
    .where(where)
    .orderBy(asc(carpoolProxies.name), asc(carpoolProxies.id))
    .limit(filter.limit)
    .offset(offsetOf(filter));
  return { proxies: await viewProxies(ctx, rows), total: counted?.count ?? 0 };
}

/** One proxy, for administrators. 404 `proxy_unknown`. */
export async function getProxy(ctx: Ctx, proxyId: string): Promise<ProxyView> {
  allow(ctx, 'carpool.proxy.read');
  const [view] = await viewProxies(ctx, [await readProxy(ctx.db, proxyId)]);
  if (!view) throw new Error('a proxy that was just read is not there');
  return view;
}
