import { newId } from '@aicarpool/shared-protocol';
import type { ProxyRow } from '../src/carpool/proxies/proxy-view.ts';
import { storePassword } from '../src/carpool/proxies/tell-proxies.ts';
import { carpoolProxies } from '../src/carpool/tables.ts';
import { type TestPg, testCtx } from './pg.ts';

let port = 1000;

/** An outbound proxy in the database, at a place of its own; `password` in clear. */
export async function newProxyRow(pg: TestPg, over: Partial<ProxyRow> = {}): Promise<ProxyRow> {
  const ctx = testCtx(pg);
  const id = newId('proxy');
  const at = ctx.clock.now();
  port += 1;
  const [row] = await pg.db
    .insert(carpoolProxies)
    .values({
      ...{ id, name: id, description: '', type: 'socks5', host: '198.51.99.1', port, username: 'u', status: 'active' },
      ...{ maxConcurrent: 10, anonymityLevel: 'anonymous', createdAt: at, updatedAt: at },
      ...over,
      password: storePassword(ctx, id, over.password ?? null),
    })
    .returning();
  if (!row) throw new Error('no proxy was made');
  return row;
}
