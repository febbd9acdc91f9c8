import type { DeploymentConfig, DeploymentConfigChange } from '@aicarpool/shared-protocol/console';
import { eq } from 'drizzle-orm';
import { allow, audit, type Ctx, inTransaction } from '../../../kernel/index.ts';
import { getManagedGroup } from '../../groups/group-access.ts';
import { carpoolGroups } from '../../tables.ts';
import { assertChoosable } from '../proxy-access.ts';
import type { EgressSettings } from '../proxy-tables.ts';
import { tellProxies } from '../tell-proxies.ts';
import { defaultEgress, viewDeployment } from './read-deployment.ts';

/** Sets how requests of a group leave; what is absent stays. 400 `proxy_unknown`, `proxy_inactive`. */
export async function setDeployment(ctx: Ctx, groupId: string, change: DeploymentConfigChange): Promise<DeploymentConfig> {
  allow(ctx, 'carpool.deployment.update');
  return await inTransaction(ctx, async (tx) => {
    const group = await getManagedGroup(tx, ctx, groupId);
    const before: Omit<EgressSettings, 'updatedAt'> = group.egress ?? { ...defaultEgress, proxies: [], version: 0 };
    const proxies = change.proxy_pool_ids === undefined ? before.proxies : [...new Set<string>(change.proxy_pool_ids)];
    const members = change.member_proxies ?? before.members;
    const held = [...before.proxies, ...Object.values(before.members)];
    const chosen = [...proxies, ...Object.values(members)];
    await assertChoosable(
      tx,
      chosen.filter((id) => !held.includes(id)),
    );
    const egress: EgressSettings = {
      strategy: change.proxy_strategy ?? before.strategy,
      proxies,
      sticky: change.sticky_session ?? before.sticky,
      members,
      direct_fallback: change.fallback_enabled ?? before.direct_fallback,
      version: before.version + 1,
      updatedAt: ctx.clock.now().toISOString(),
    };
    await tx.update(carpoolGroups).set({ egress, updatedAt: ctx.clock.now() }).where(eq(carpoolGroups.id, group.id));
    await tellProxies(tx, ctx, group.id);
    await audit(tx, ctx, {
      action: 'carpool.deployment.update',
      target: { kind: 'group', id: group.id },
      groupId: group.id,
      before: group.egress,
      after: egress,
    });
    return await viewDeployment({ ...ctx, db: tx }, { ...group, egress });
  });
}
