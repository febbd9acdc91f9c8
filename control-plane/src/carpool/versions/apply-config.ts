import type { ConfigDone, ConfigPlan, GroupConfig } from '@aicarpool/shared-protocol/console';
import { allow, audit, Conflict, type Ctx, configVersionOf, type Db, inTransaction } from '../../kernel/index.ts';
import { assertManager, type GroupRow, getGroupAccess, getManagedGroup } from '../groups/group-access.ts';
import { settingsOf } from '../groups/group-settings.ts';
import { assertReady } from '../groups/group-states.ts';
import { readServicePlans } from '../groups/read-group-services.ts';
import { countMembers } from '../groups/read-members.ts';
import { type AddressPolicy, checkBaseUrl } from '../upstreams/base-url.ts';
import { fitConfig } from './fit-config.ts';
import { planConfig } from './plan-config.ts';
import { readConfig } from './read-config.ts';
import { readSurroundings } from './read-surroundings.ts';
import { writeConfig } from './write-config.ts';

export interface Application {
  /** The verb's own word for the audit: what was asked for. */
  readonly source: Readonly<Record<string, string | number>>;
  readonly wanted: (tx: Db, groupId: GroupRow['id']) => Promise<GroupConfig>;
  readonly reason?: string | undefined;
  readonly expectedVersion?: number | undefined;
}

/** What would change if the group had this config. For its managers. */
export async function previewConfig(ctx: Ctx, groupId: string, wanted: Application['wanted']): Promise<ConfigPlan> {
  allow(ctx, 'carpool.group.read');
  const access = await getGroupAccess(ctx.db, ctx, groupId);
  assertManager(access);
  return (await plan(ctx.db, access.group.id, await wanted(ctx.db, access.group.id))).shown;
}

/**
 * Gives the group a config, as a new version. Keys, people, credentials and the state of the group stay as they are.
 * 409 `config_moved` when the config changed since it was looked at.
 */
export async function applyConfig(ctx: Ctx, policy: AddressPolicy, groupId: string, asked: Application): Promise<ConfigDone> {
  allow(ctx, 'carpool.group.restore');
  const access = await getGroupAccess(ctx.db, ctx, groupId);
  assertManager(access);
  const checked = await checkAddresses(policy, await plan(ctx.db, access.group.id, await asked.wanted(ctx.db, access.group.id)));
  return await inTransaction(ctx, async (tx) => {
    const group = await getManagedGroup(tx, ctx, groupId);
    const planned = await plan(tx, group.id, await asked.wanted(tx, group.id));
    const { shown, before, config } = planned;
    if (asked.expectedVersion !== undefined && asked.expectedVersion !== shown.version) {
      throw new Conflict('config_moved', 'the config changed since you looked at it; look again', { version: shown.version });
    }
    if (shown.changes.length === 0) return { ...shown, applied: false };
    settingsOf({ time_zone: config.group.time_zone });
    const members = await countMembers(tx, group.id);
    await writeConfig(
      tx,
      ctx,
      group,
      {
        ...config,
        accounts: withAddresses(planned, checked),
        group: { ...config.group, max_members: Math.max(members, config.group.max_members) },
      },
      asked.reason ??
        Object.entries(asked.source)
          .map((pair) => pair.join(' '))
          .join(', '),
    );
    if (group.status === 'active') assertReady(await readServicePlans(tx, group.id));
    await audit(tx, ctx, {
      action: 'carpool.group.restore',
      target: { kind: 'group', id: group.id },
      groupId: group.id,
      before: { config: before },
      after: { config: await readConfig(tx, group.id), ...asked.source, reason: asked.reason ?? null },
    });
    return { ...shown, applied: true };
  });
}

interface Plan {
  readonly shown: ConfigPlan;
  readonly before: GroupConfig;
  /** The document as far as it can be had here. */
  readonly config: GroupConfig;
}

async function plan(tx: Db, groupId: GroupRow['id'], wanted: GroupConfig): Promise<Plan> {
  const before = await readConfig(tx, groupId);
  const { config, leftOut } = fitConfig(before, wanted, await readSurroundings(tx, groupId));
  const version = await configVersionOf(tx, groupId);
  return { before, config, shown: { changes: planConfig(before, config), left_out: leftOut, version } };
}

/** Accounts whose address is another one than before. */
function moved({ before, config }: Plan): GroupConfig['accounts'] {
  const held = new Map(before.accounts.map(({ id, base_url }) => [id, base_url]));
  return config.accounts.filter(({ id, base_url }) => base_url !== null && base_url !== held.get(id));
}

/** New addresses, as they are stored, by how the document writes them. Throws Invalid where accounts may not lie. */
async function checkAddresses(policy: AddressPolicy, planned: Plan): Promise<ReadonlyMap<string, string>> {
  const urls = moved(planned).map(async ({ service_id, base_url }) => {
    const url = base_url ?? '';
    return [url, await checkBaseUrl(policy, service_id, url)] as const;
  });
  return new Map(await Promise.all(urls));
}

function withAddresses(planned: Plan, checked: ReadonlyMap<string, string>): GroupConfig['accounts'] {
  const isNew = new Set(moved(planned).map(({ id }) => id));
  return planned.config.accounts.map((account) => {
    if (!isNew.has(account.id)) return account;
    const url = checked.get(account.base_url ?? '');
    // It became new only now, and nobody has looked whether accounts may lie there.
    if (url === undefined) throw new Conflict('config_moved', 'the config changed since you looked at it; look again');
    return { ...account, base_url: url };
  });
}
