import { type GroupHealth, type GroupServices, groupsContract } from '@aicarpool/shared-protocol/console';
import { implement } from '@orpc/server';
import { type Ctx, ok, paginationOf } from '../../kernel/index.ts';
import type { CarpoolPorts } from '../ports.ts';
import { withGroupUse } from '../quotas/with-use.ts';
import { changeGroup } from './change-group.ts';
import { closeGroup } from './close-group.ts';
import { createGroup } from './create-group.ts';
import { getGroupServices } from './read-group-services.ts';
import { getGroup, listGroups } from './read-groups.ts';
import { listMembers } from './read-members.ts';
import { setFailover, setGroupServices } from './set-group-services.ts';

const os = implement(groupsContract).$context<{ ctx: Ctx }>();
const changed = <T>(data: T, message: string) => ({ ...ok(data), message });

export function groupRoutes(ports: CarpoolPorts) {
  const { readHealth } = ports;
  return os.router({
    create: os.create.handler(async ({ context, input }) => ok(await createGroup(context.ctx, input))),
    list: os.list.handler(async ({ context, input }) => {
      const { groups, total } = await listGroups(context.ctx, input);
      return ok({ groups, pagination: paginationOf(input, total) });
    }),
    get: os.get.handler(async ({ context: { ctx }, input }) =>
      ok(await withGroupUse(ctx, ports, await getGroup(ctx, input.groupId))),
    ),
    update: os.update.handler(async ({ context: { ctx }, input: { params, body } }) => {
      const group = await changeGroup(ctx, params.groupId, body);
      return ok(await withGroupUse(ctx, ports, group));
    }),
    close: os.close.handler(async ({ context, input }) => {
      await closeGroup(context.ctx, input.groupId);
      return ok({ id: input.groupId, status: 'closed' as const });
    }),
    members: os.members.handler(async ({ context, input }) => {
      const { members, total } = await listMembers(context.ctx, input.groupId, input);
      return ok({ members, pagination: paginationOf(input, total) });
    }),
    getServices: os.getServices.handler(async ({ context, input }) =>
      ok(withHealth(await getGroupServices(context.ctx, input.groupId), await readHealth(context.ctx, input.groupId, []))),
    ),
    setServices: os.setServices.handler(async ({ context, input }) =>
      changed(await setGroupServices(context.ctx, input.params.groupId, input.body), 'the services of the group are set'),
    ),
    setFailover: os.setFailover.handler(async ({ context, input }) =>
      changed(await setFailover(context.ctx, input.params.groupId, input.body), 'fail-over is set'),
    ),
  });
}

function withHealth(services: GroupServices, health: GroupHealth): GroupServices {
  return {
    ...services,
    services: services.services.map((one) => ({ ...one, health: health.services.get(one.service_id) ?? null })),
  };
}
