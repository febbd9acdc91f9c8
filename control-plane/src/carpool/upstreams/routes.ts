import { upstreamsContract } from '@aicarpool/shared-protocol/console';
import { implement } from '@orpc/server';
import { type Ctx, ok, paginationOf } from '../../kernel/index.ts';
import { addUpstream } from './add-upstream.ts';
import type { AddressPolicy } from './base-url.ts';
import { getUpstream, listUpstreams } from './read-upstreams.ts';
import { removeUpstream } from './remove-upstream.ts';
import { updateUpstream } from './update-upstream.ts';

const os = implement(upstreamsContract).$context<{ ctx: Ctx }>();

export function upstreamRoutes(policy: AddressPolicy) {
  return os.router({
    add: os.add.handler(async ({ context, input }) =>
      ok(await addUpstream(context.ctx, policy, input.params.groupId, input.body)),
    ),
    list: os.list.handler(async ({ context, input }) => {
      const { accounts, total } = await listUpstreams(context.ctx, input);
      return ok({ upstream_accounts: accounts, pagination: paginationOf(input, total) });
    }),
    get: os.get.handler(async ({ context, input }) => ok(await getUpstream(context.ctx, input))),
    update: os.update.handler(async ({ context, input }) =>
      ok(await updateUpstream(context.ctx, policy, input.params, input.body)),
    ),
    remove: os.remove.handler(async ({ context, input }) => {
      await removeUpstream(context.ctx, input);
      return ok({ id: input.upstreamId, deleted: true as const });
    }),
  });
}
