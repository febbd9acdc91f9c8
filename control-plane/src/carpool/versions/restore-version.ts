import type { ConfigDone, ConfigPlan } from '@aicarpool/shared-protocol/console';
import type { Ctx } from '../../kernel/index.ts';
import type { AddressPolicy } from '../upstreams/base-url.ts';
import { type Application, applyConfig, previewConfig } from './apply-config.ts';
import { readConfigAt } from './read-config.ts';

/** What restoring a version of a group would change. 404 `version_unknown`. */
export async function previewVersion(ctx: Ctx, groupId: string, version: number): Promise<ConfigPlan> {
  return await previewConfig(ctx, groupId, (tx, id) => readConfigAt(tx, id, version, ctx.clock.now()));
}

/** Restores a version of a group, as a new one: versions only go forward. 404 `version_unknown`, 409 `config_moved`. */
export async function restoreVersion(
  ctx: Ctx,
  policy: AddressPolicy,
  groupId: string,
  version: number,
  asked: Pick<Application, 'reason' | 'expectedVersion'>,
): Promise<ConfigDone> {
  const wanted: Application['wanted'] = (tx, id) => readConfigAt(tx, id, version, ctx.clock.now());
  return await applyConfig(ctx, policy, groupId, { ...asked, wanted, source: { restored_version: version } });
}
