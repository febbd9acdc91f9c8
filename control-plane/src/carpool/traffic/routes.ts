import { trafficContract } from '@aicarpool/shared-protocol/console';
import { implement } from '@orpc/server';
import { type Ctx, ok, paginationOf } from '../../kernel/index.ts';
import { getLimits, setLimits } from './limits.ts';
import { listEvents } from './read-events.ts';
import { getRouting, setRouting } from './routing.ts';

const os = implement(trafficContract).$context<{ ctx: Ctx }>();

export const trafficRoutes = os.router({
  getRouting: os.getRouting.handler(async ({ context, input }) => ok(await getRouting(context.ctx, input.groupId))),
  setRouting: os.setRouting.handler(async ({ context, input }) =>
    ok(await setRouting(context.ctx, input.params.groupId, input.body)),
  ),
  getLimits: os.getLimits.handler(async ({ context, input }) => ok(await getLimits(context.ctx, input.groupId))),
  setLimits: os.setLimits.handler(async ({ context, input }) =>
    ok(await setLimits(context.ctx, input.params.groupId, input.body)),
  ),
  events: os.events.handler(async ({ context, input }) => {
    const { events, total } = await listEvents(context.ctx, input);
    return ok({ events, pagination: paginationOf(input, total) });
  }),
});
