import { versionsContract } from '@aicarpool/shared-protocol/console';
import { implement } from '@orpc/server';
import { type Ctx, ok, paginationOf } from '../../kernel/index.ts';
import type { AddressPolicy } from '../upstreams/base-url.ts';
import { exportConfig, importConfig } from './exchange-config.ts';
import { listConfigVersions } from './list-versions.ts';
import { previewVersion, restoreVersion } from './restore-version.ts';

const os = implement(versionsContract).$context<{ ctx: Ctx }>();

export function versionRoutes(policy: AddressPolicy) {
  return os.router({
    list: os.list.handler(async ({ context, input }) => {
      const { versions, total } = await listConfigVersions(context.ctx, input.groupId, input);
      return ok({ versions, pagination: paginationOf(input, total) });
    }),
    get: os.get.handler(async ({ context, input }) => ok(await exportConfig(context.ctx, input.groupId, input.version))),
    preview: os.preview.handler(async ({ context, input }) =>
      ok(await previewVersion(context.ctx, input.groupId, input.version)),
    ),
    restore: os.restore.handler(async ({ context, input: { params, body } }) => {
      const asked = { reason: body.reason, expectedVersion: body.expected_version };
      return ok(await restoreVersion(context.ctx, policy, params.groupId, params.version, asked));
    }),
    export: os.export.handler(async ({ context, input }) => ok(await exportConfig(context.ctx, input.groupId))),
    import: os.import.handler(async ({ context, input: { params, body } }) => {
      const asked = { reason: body.reason, expectedVersion: body.expected_version, dryRun: body.dry_run };
      return ok(await importConfig(context.ctx, policy, params.groupId, body.config, asked));
    }),
  });
}
