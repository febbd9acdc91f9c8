import type { UserId } from '@aicarpool/shared-protocol';
import { newGroup, newKey, newUpstream } from '@aicarpool/shared-protocol/console';
import { count, eq } from 'drizzle-orm';
import { type Actor, allow, audit, type Ctx, inTransaction, type Tx } from '../../kernel/index.ts';
import { createGroup } from '../groups/create-group.ts';
import { updateGroup } from '../groups/update-group.ts';
import { issueKey } from '../keys/issue-key.ts';
import { simulator, simulatorBaseUrl } from '../services/built-in-services.ts';
import { toServiceRow } from '../services/ensure-services.ts';
import { planImport } from '../services/prices/plan-import.ts';
import { readPriceList } from '../services/prices/read-price-list.ts';
import { rememberSeed } from '../services/prices/remember-seed.ts';
import { carpoolGroups, carpoolModels, carpoolSeeds, carpoolServices } from '../tables.ts';
import { addUpstream } from '../upstreams/add-upstream.ts';

const played = new Set([
  'claude-opus-5-5',
  'claude-opus-5',
  'claude-sonnet-5',
  'claude-haiku-4-5',
  'gpt-5',
  'gpt-5.4',
  'gpt-5.4-mini',
  'gemini-2.5-pro',
  'gemini-2.5-flash',
]);

export interface Demo {
  /** Shown once, here. */
  readonly apiKey: string;
  readonly groupId: string;
}

/**
 * Puts a simulated service, a group and a key into an installation that has no group and never had the demo; null
 * otherwise. `ownerId` becomes manager of the group and owner of the key. Any number of replicas may run it at once.
 */
export async function ensureDemo(ctx: Ctx, ownerId: UserId): Promise<Demo | null> {
  allow(ctx, 'carpool.demo.seed');
  return await inTransaction(ctx, async (tx) => {
    await tx.insert(carpoolSeeds).values({ name: 'demo', version: '', appliedAt: ctx.clock.now() }).onConflictDoNothing();
    const [seed] = await tx.select().from(carpoolSeeds).where(eq(carpoolSeeds.name, 'demo')).for('update');
    const [groups] = await tx.select({ count: count() }).from(carpoolGroups);
    if (seed?.version !== '' || (groups?.count ?? 0) > 0) return null;
    await addSimulator(tx, ctx);
    const demo = await makeGroup({ ...ctx, db: tx, actor: ownerOf(ownerId) });
    await tx.update(carpoolGroups).set({ isDemo: true });
    await rememberSeed(tx, 'demo', '1', ctx.clock.now());
    await audit(tx, ctx, { action: 'carpool.demo.seed', target: { kind: 'group', id: demo.groupId }, groupId: demo.groupId });
    return demo;
  });
}

async function addSimulator(tx: Tx, ctx: Ctx): Promise<void> {
  const now = ctx.clock.now();
  const list = readPriceList();
  const models = list.models.filter((entry) => played.has(entry.model)).map((entry) => ({ ...entry, services: [simulator.id] }));
  const { upserts } = planImport({ ...list, models }, [], new Set([simulator.id]), false);
  await tx.insert(carpoolServices).values(toServiceRow(simulator, now)).onConflictDoNothing();
  await tx
    .insert(carpoolModels)
    .values(upserts.map((model) => ({ ...model, updatedAt: now })))
    .onConflictDoNothing();
}

// The group is made by the verbs that people use, as its owner, in the same transaction.
async function makeGroup(ctx: Ctx): Promise<Demo> {
  const wish = newGroup.parse({
    name: 'Demo',
    description: 'To try things; remove it whenever you like',
    deployment_mode: 'hybrid',
  });
  const group = await createGroup(ctx, wish);
  const noNames = { allowed: [], resolve: async () => [] };
  const account = { service_name: simulator.id, name: 'Simulator', credential: 'simulated-account', base_url: simulatorBaseUrl };
  await addUpstream(ctx, noNames, group.id, newUpstream.parse(account));
  await updateGroup(ctx, group.id, { status: 'active' });
  const key = await issueKey(ctx, newKey.parse({ name: 'Demo key', group_id: group.id }));
  return { apiKey: key.api_key, groupId: group.id };
}

const ownerOf = (userId: UserId): Actor => ({ kind: 'user', userId, role: 'super_admin', sessionId: 'setup' });
