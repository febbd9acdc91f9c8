import type { GroupId } from '@aicarpool/shared-protocol';
import type { Ctx } from '../../../kernel/index.ts';
import type { CarpoolPorts } from '../../ports.ts';
import { readRules } from '../rules/read-rules.ts';
import { noteQuotaUse } from './note-quota-use.ts';

/** After limits of a group changed: tells people of what was used before and now is near a limit, or past it. */
export async function noteStandingUse(ctx: Ctx, { readQuotaState }: Pick<CarpoolPorts, 'readQuotaState'>, groupId: GroupId) {
  const ids = (await readRules(ctx.db, groupId)).map(({ id }) => id);
  if (ids.length > 0) await noteQuotaUse(ctx.db, ctx, await readQuotaState(ctx.db, ids, ctx.clock.now()));
}
