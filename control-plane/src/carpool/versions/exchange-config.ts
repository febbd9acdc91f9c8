import type { ConfigDone, GroupConfig } from '@aicarpool/shared-protocol/console';
import { allow, type Ctx } from '../../kernel/index.ts';
import { assertManager, getGroupAccess } from '../groups/group-access.ts';
import type { AddressPolicy } from '../upstreams/base-url.ts';
import { type Application, applyConfig, previewConfig } from './apply-config.ts';
import { readConfig, readConfigAt } from './read-config.ts';

/** The config of a group as one document, for its managers; at a version, or as it is now. */
export async function exportConfig(ctx: Ctx, groupId: string, version?: number): Promise<GroupConfig> {
  allow(ctx, 'carpool.group.read');
  const access = await getGroupAccess(ctx.db, ctx, groupId);
  assertManager(access);
  return await (version === undefined
    ? readConfig(ctx.db, access.group.id)
    : readConfigAt(ctx.db, access.group.id, version, ctx.clock.now()));
}

/** Makes the config of a group what a document says, as far as it can be had here; or only says what would change. */
export async function importConfig(
  ctx: Ctx,
  policy: AddressPolicy,
  groupId: string,
  config: GroupConfig,
  asked: Pick<Application, 'reason' | 'expectedVersion'> & { readonly dryRun: boolean },
): Promise<ConfigDone> {
  const wanted = async () => config;
  if (asked.dryRun) return { ...(await previewConfig(ctx, groupId, wanted)), applied: false };
  return await applyConfig(ctx, policy, groupId, { ...asked, wanted, source: { imported: config.format } });
}
