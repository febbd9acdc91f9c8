import {
  type GroupHealth,
  ownUpstreamsContract,
  type UpstreamAccount,
  upstreamsContract,
} from '@aicarpool/shared-protocol/console';
import { implement } from '@orpc/server';
import { type Ctx, ok, paginationOf } from '../../kernel/index.ts';
import { finishSignIn } from '../oauth/finish-sign-in.ts';
import { pollSignIn } from '../oauth/poll-sign-in.ts';
import { startSignIn } from '../oauth/start-sign-in.ts';
import type { CarpoolPorts } from '../ports.ts';
import { addUpstream } from './add-upstream.ts';
import type { AddressPolicy } from './base-url.ts';
import { importUpstreams } from './import/import-upstreams.ts';
import { addOwnUpstream, listOwnUpstreams, removeOwnUpstream, updateOwnUpstream } from './own/own-upstreams.ts';
import { getUpstream, listUpstreams } from './read-upstreams.ts';
import { removeUpstream } from './remove-upstream.ts';
import { updateUpstream } from './update-upstream.ts';

const os = implement(upstreamsContract).$context<{ ctx: Ctx }>();
const own = implement(ownUpstreamsContract).$context<{ ctx: Ctx }>();

export function upstreamRoutes(policy: AddressPolicy, { readHealth }: CarpoolPorts) {
  return os.router({
    add: os.add.handler(async ({ context, input }) =>
      ok(await addUpstream(context.ctx, policy, input.params.groupId, input.body)),
    ),
    list: os.list.handler(async ({ context, input }) => {
      const { accounts, total } = await listUpstreams(context.ctx, input);
      const health = await readHealth(context.ctx, input.groupId, idsOf(accounts));
      return ok({ upstream_accounts: accounts.map((one) => withHealth(one, health)), pagination: paginationOf(input, total) });
    }),
    get: os.get.handler(async ({ context, input }) => {
      const account = await getUpstream(context.ctx, input);
      return ok(withHealth(account, await readHealth(context.ctx, input.groupId, [account.id])));
    }),
    update: os.update.handler(async ({ context, input }) =>
      ok(await updateUpstream(context.ctx, policy, input.params, input.body)),
    ),
    remove: os.remove.handler(async ({ context, input }) => {
      await removeUpstream(context.ctx, input);
      return ok({ id: input.upstreamId, deleted: true as const });
    }),
    import: os.import.handler(async ({ context, input }) =>
      ok(await importUpstreams(context.ctx, policy, input.params.groupId, input.body)),
    ),
    startSignIn: os.startSignIn.handler(async ({ context, input }) =>
      ok(await startSignIn(context.ctx, policy, input.params.groupId, input.body)),
    ),
    finishSignIn: os.finishSignIn.handler(async ({ context, input }) =>
      ok(await finishSignIn(context.ctx, policy, input.params.groupId, input.body)),
    ),
    pollSignIn: os.pollSignIn.handler(async ({ context, input }) =>
      ok(await pollSignIn(context.ctx, policy, input.params.groupId, input.body.state)),
    ),
  });
}

export function ownUpstreamRoutes({ readHealth }: CarpoolPorts) {
  return own.router({
    add: own.add.handler(async ({ context, input }) => ok(await addOwnUpstream(context.ctx, input))),
    list: own.list.handler(async ({ context, input }) => {
      const { accounts, total } = await listOwnUpstreams(context.ctx, input);
      const groups = [...new Set(accounts.map((account) => account.group_id))];
      const health = new Map(
        await Promise.all(groups.map(async (id) => [id, await readHealth(context.ctx, id, idsOf(accounts))] as const)),
      );
      const views = accounts.map((account) => withHealth(account, health.get(account.group_id)));
      return ok({ upstream_accounts: views, pagination: paginationOf(input, total) });
    }),
    update: own.update.handler(async ({ context, input }) =>
      ok(await updateOwnUpstream(context.ctx, input.params.upstreamId, input.body)),
    ),
    remove: own.remove.handler(async ({ context, input }) => {
      await removeOwnUpstream(context.ctx, input.upstreamId);
      return ok({ id: input.upstreamId, deleted: true as const });
    }),
  });
}

const idsOf = (accounts: readonly UpstreamAccount[]) => accounts.map(({ id }) => id);

function withHealth(account: UpstreamAccount, health: GroupHealth | undefined): UpstreamAccount {
  return { ...account, health: health?.accounts.get(account.id) ?? null };
}
