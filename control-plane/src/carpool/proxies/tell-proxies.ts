import type { GroupId, ProxyId } from '@aicarpool/shared-protocol';
import { and, eq, inArray, isNotNull, ne } from 'drizzle-orm';
import type { Ctx, Db } from '../../kernel/index.ts';
import { carpoolGroupProxies, carpoolGroups, carpoolProxies, carpoolUpstreams } from '../tables.ts';
import { ensureDataKey } from '../upstreams/secrets/data-keys.ts';
import { sealCredential } from '../upstreams/secrets/seal-credential.ts';
import type { ProxyRow } from './proxy-view.ts';

/**
 * Makes the proxies that the nodes of a group are told of those that the group and its accounts use, in the caller's
 * transaction, which has locked the group. A new one gets its password sealed under the group's data key.
 */
export async function tellProxies(tx: Db, ctx: Pick<Ctx, 'keyring' | 'clock'>, groupId: GroupId): Promise<void> {
  const used = await usedBy(tx, groupId);
  const told = await tx.select().from(carpoolGroupProxies).where(eq(carpoolGroupProxies.groupId, groupId));
  const gone = told.map(({ proxyId }) => proxyId).filter((id) => !used.has(id));
  if (gone.length > 0) {
    await tx
      .delete(carpoolGroupProxies)
      .where(and(eq(carpoolGroupProxies.groupId, groupId), inArray(carpoolGroupProxies.proxyId, gone)));
  }
  const fresh = [...used].filter((id) => !told.some(({ proxyId }) => proxyId === id));
  if (fresh.length === 0) return;
  const rows = await tx.select().from(carpoolProxies).where(inArray(carpoolProxies.id, fresh));
  for (const row of rows) {
    await tx.insert(carpoolGroupProxies).values({ groupId, proxyId: row.id, password: await sealedFor(tx, ctx, groupId, row) });
  }
}

/** Seals a password that changed anew for every group that uses the proxy. */
export async function retellProxy(tx: Db, ctx: Pick<Ctx, 'keyring' | 'clock'>, proxy: ProxyRow): Promise<void> {
  const uses = await tx.select().from(carpoolGroupProxies).where(eq(carpoolGroupProxies.proxyId, proxy.id));
  for (const { groupId } of uses) {
    await tx
      .update(carpoolGroupProxies)
      .set({ password: await sealedFor(tx, ctx, groupId, proxy) })
      .where(and(eq(carpoolGroupProxies.groupId, groupId), eq(carpoolGroupProxies.proxyId, proxy.id)));
  }
}

/** The password as it is stored: sealed by the keyring, for this proxy alone. */
export function storePassword(ctx: Pick<Ctx, 'keyring'>, proxyId: ProxyId, password: string | null): string | null {
  return password === null ? null : ctx.keyring.seal(password, aad(proxyId));
}

export function openPassword(ctx: Pick<Ctx, 'keyring'>, { id, password }: Pick<ProxyRow, 'id' | 'password'>): string | null {
  return password === null ? null : ctx.keyring.open(password, aad(id)).toString('utf8');
}

async function usedBy(tx: Db, groupId: GroupId): Promise<Set<ProxyId>> {
  const [group] = await tx.select({ egress: carpoolGroups.egress }).from(carpoolGroups).where(eq(carpoolGroups.id, groupId));
  const accounts = await tx
    .selectDistinct({ proxyId: carpoolUpstreams.proxyId })
    .from(carpoolUpstreams)
    .where(
      and(eq(carpoolUpstreams.groupId, groupId), ne(carpoolUpstreams.status, 'deleted'), isNotNull(carpoolUpstreams.proxyId)),
    );
  const ofAccounts = accounts.flatMap(({ proxyId }) => proxyId ?? []);
  const { proxies = [], members = {} } = group?.egress ?? {};
  return new Set([...([...proxies, ...Object.values(members)] as ProxyId[]), ...ofAccounts]);
}

async function sealedFor(tx: Db, ctx: Pick<Ctx, 'keyring' | 'clock'>, groupId: GroupId, proxy: ProxyRow) {
  const password = openPassword(ctx, proxy);
  if (password === null) return null;
  return sealCredential(await ensureDataKey(tx, ctx, groupId), { upstreamId: proxy.id, groupId }, password);
}

const aad = (proxyId: ProxyId) => `carpool_proxies/${proxyId}`;
