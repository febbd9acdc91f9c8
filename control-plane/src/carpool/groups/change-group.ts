import type { GroupChange, GroupDetail } from '@aicarpool/shared-protocol/console';
import { type Ctx, Invalid } from '../../kernel/index.ts';
import { closeGroup } from './close-group.ts';
import { getGroup } from './read-groups.ts';
import { updateGroup } from './update-group.ts';

/** `PATCH` of a group: closing it is an act of its own and takes no other change along. */
export async function changeGroup(ctx: Ctx, groupId: string, change: GroupChange): Promise<GroupDetail> {
  const { status, ...settings } = change;
  if (status !== 'closed') return await updateGroup(ctx, groupId, { ...settings, status });
  if (Object.values(settings).some((value) => value !== undefined)) {
    throw new Invalid('closing_only', 'a group that is closed cannot change; close it without other changes');
  }
  await closeGroup(ctx, groupId);
  return await getGroup(ctx, groupId);
}
