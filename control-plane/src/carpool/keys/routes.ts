import { keysContract, type UserKey } from '@aicarpool/shared-protocol/console';
import { implement } from '@orpc/server';
import { type Ctx, ok, paginationOf } from '../../kernel/index.ts';
import type { CarpoolPorts } from '../ports.ts';
import { withKeyUse } from '../quotas/with-use.ts';
import { issueKey } from './issue-key.ts';
import { getKey, listKeys } from './read-keys.ts';
import { getKeyProgress } from './read-progress.ts';
import { revokeKey } from './revoke-key.ts';
import { rotateKey } from './rotate-key.ts';
import { updateKey } from './update-key.ts';

const os = implement(keysContract).$context<{ ctx: Ctx }>();

export function keyRoutes(ports: CarpoolPorts) {
  const withUse = async (ctx: Ctx, key: UserKey): Promise<UserKey> => (await withKeyUse(ctx, ports, [key]))[0] ?? key;
  return os.router({
    issue: os.issue.handler(async ({ context, input }) => ok(await issueKey(context.ctx, input))),
    list: os.list.handler(async ({ context, input }) => {
      const { keys, total } = await listKeys(context.ctx, input);
      return ok({ keys: await withKeyUse(context.ctx, ports, keys), pagination: paginationOf(input, total) });
    }),
    get: os.get.handler(async ({ context, input }) => ok(await withUse(context.ctx, await getKey(context.ctx, input.keyId)))),
    update: os.update.handler(async ({ context, input }) =>
      ok(await withUse(context.ctx, await updateKey(context.ctx, input.params.keyId, input.body))),
    ),
    revoke: os.revoke.handler(async ({ context, input }) => {
      await revokeKey(context.ctx, input.keyId);
      const progress = await getKeyProgress(context.ctx, ports, input.keyId);
      return ok({ id: input.keyId, status: 'deleted' as const, progress });
    }),
    progress: os.progress.handler(async ({ context, input }) => ok(await getKeyProgress(context.ctx, ports, input.keyId))),
    rotate: os.rotate.handler(async ({ context, input }) => ok(await rotateKey(context.ctx, input.keyId))),
  });
}
