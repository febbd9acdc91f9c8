import type { GroupDetail } from '@aicarpool/shared-protocol/console';
import { isAdmin, useMe } from '../../identity/session.tsx';

/** May the reader change this group? Nobody may while it is not known. */
export function useManages(group: Pick<GroupDetail, 'role'> | undefined): boolean {
  const { data: me } = useMe();
  return group !== undefined && (group.role === 'manager' || (me !== undefined && me !== null && isAdmin(me)));
}
