import type { UserId } from '@aicarpool/shared-protocol';
import type { ConfigVersion } from '@aicarpool/shared-protocol/console';
import { findPeople } from '../../identity/index.ts';
import { allow, type Ctx, listVersions, offsetOf, oldestVersion, type Page } from '../../kernel/index.ts';
import { assertManager, getGroupAccess } from '../groups/group-access.ts';

/** What the config of a group was, change by change, newest first, for its managers. */
export async function listConfigVersions(
  ctx: Ctx,
  groupId: string,
  page: Page,
): Promise<{ versions: ConfigVersion[]; total: number }> {
  allow(ctx, 'carpool.group.read');
  assertManager(await getGroupAccess(ctx.db, ctx, groupId));
  const since = await oldestVersion(ctx.db, groupId, ctx.clock.now());
  const { versions, total } = await listVersions(ctx.db, groupId, { since, limit: page.limit, offset: offsetOf(page) });
  const ids = versions.flatMap(({ actor }) => (actor?.kind === 'user' && actor.id !== null ? [actor.id as UserId] : []));
  const people = await findPeople(ctx.db, [...new Set(ids)]);
  return {
    total,
    versions: versions.map(({ version, at, actor, action, changed }) => ({
      version,
      at: at.toISOString(),
      by: actor && { ...actor, name: actor.id === null ? null : (people.get(actor.id as UserId)?.name ?? null) },
      action,
      changed: [...changed],
    })),
  };
}
