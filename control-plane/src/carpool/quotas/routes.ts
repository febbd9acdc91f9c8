import { alertsContract, quotasContract } from '@aicarpool/shared-protocol/console';
import { implement } from '@orpc/server';
import { type Ctx, ok, paginationOf } from '../../kernel/index.ts';
import type { CarpoolPorts } from '../ports.ts';
import { acknowledgeAlert, listAlerts } from './alerts/alerts.ts';
import { getTrend } from './days-of-use.ts';
import { listChanges } from './list-changes.ts';
import { listQuotas } from './list-quotas.ts';
import { setGroupQuota } from './set-group-quota.ts';
import { changeQuota, removeQuota, setQuota } from './set-quota.ts';
import { getUserQuota } from './user-quota.ts';

const os = implement(quotasContract).$context<{ ctx: Ctx }>();
const alerts = implement(alertsContract).$context<{ ctx: Ctx }>();

export function quotaRoutes(ports: CarpoolPorts) {
  return os.router({
    list: os.list.handler(async ({ context, input }) => {
      const { total, ...listed } = await listQuotas(context.ctx, ports, input.groupId, input);
      return ok({ ...listed, pagination: paginationOf(input, total) });
    }),
    set: os.set.handler(async ({ context: { ctx }, input: { params, body } }) => ok(await setQuota(ctx, params.groupId, body))),
    change: os.change.handler(async ({ context: { ctx }, input: { params, body } }) =>
      ok(await changeQuota(ctx, params.groupId, params.quotaId, body)),
    ),
    remove: os.remove.handler(async ({ context, input: { params, query } }) => {
      await removeQuota(context.ctx, params.groupId, params.quotaId, query.reason);
      return ok({ id: params.quotaId, deleted: true as const });
    }),
    history: os.history.handler(async ({ context, input }) => {
      const { changes, total } = await listChanges(context.ctx, input);
      return ok({ changes, pagination: paginationOf(input, total) });
    }),
    trend: os.trend.handler(async ({ context, input }) => ok(await getTrend(context.ctx, ports, input))),
    setGroup: os.setGroup.handler(async ({ context: { ctx }, input: { params, body } }) =>
      ok(await setGroupQuota(ctx, params.groupId, body)),
    ),
    mine: os.mine.handler(async ({ context }) => ok(await getUserQuota(context.ctx, ports))),
  });
}

export const alertRoutes = alerts.router({
  list: alerts.list.handler(async ({ context, input }) => {
    const { alerts: found, total } = await listAlerts(context.ctx, input);
    return ok({ alerts: found, pagination: paginationOf(input, total) });
  }),
  acknowledge: alerts.acknowledge.handler(async ({ context, input }) => ok(await acknowledgeAlert(context.ctx, input.alertId))),
});
