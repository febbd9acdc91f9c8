import { type GroupConfig, groupConfig } from '@aicarpool/shared-protocol/console';
import { and, eq, ne } from 'drizzle-orm';
import { type ConfigState, configAt, configNow, currentHead, type Db, NotFound, oldestVersion } from '../../kernel/index.ts';
import type { GroupRow } from '../groups/group-access.ts';
import { isLimitOfKey, type RulePlace } from '../quotas/rules/rule.ts';
import { carpoolQuotas, carpoolUpstreams } from '../tables.ts';

/** The config of a group as it is now. */
export async function readConfig(tx: Db, groupId: GroupRow['id']): Promise<GroupConfig> {
  const upstreams = await tx
    .select({ id: carpoolUpstreams.id })
    .from(carpoolUpstreams)
    .where(and(eq(carpoolUpstreams.groupId, groupId), ne(carpoolUpstreams.status, 'deleted')));
  const quotas = await tx.select({ id: carpoolQuotas.id }).from(carpoolQuotas).where(eq(carpoolQuotas.groupId, groupId));
  const parts = [
    { kind: 'group', id: groupId },
    ...upstreams.map(({ id }) => ({ kind: 'upstream', id })),
    ...quotas.map(({ id }) => ({ kind: 'quota', id })),
  ];
  return documentOf(await configNow(tx, groupId, parts));
}

/** The config of a group as it was at a version. 404 `version_unknown` when its history does not reach so far back. */
export async function readConfigAt(tx: Db, groupId: GroupRow['id'], version: number, now: Date): Promise<GroupConfig> {
  const isKnown = version <= (await currentHead(tx)).head && version >= (await oldestVersion(tx, groupId, now));
  const states = isKnown ? await configAt(tx, groupId, version) : [];
  if (states.some(({ kind, state }) => kind === 'group' && state !== null)) return documentOf(states);
  throw new NotFound(
    'version_unknown',
    'what the config was at this version is not known; GET …/config-versions names those that are',
  );
}

function placeOf({ of, subject, service_id, unit, window }: Record<string, unknown>): RulePlace {
  return { of, subject, serviceId: service_id, unit, window } as RulePlace;
}

/** The limit that a key carries belongs to the key and is no part of it, nor is what an owner set. */
function documentOf(states: readonly ConfigState[]): GroupConfig {
  const of = (wanted: string) =>
    states
      .flatMap(({ kind, state }) => (kind === wanted && state !== null ? [state] : []))
      .sort((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1));
  const [group] = of('group');
  return groupConfig.parse({
    format: 'aicarpool-group/1',
    group,
    services: group?.['services'],
    quotas: of('quota').filter((rule) => rule['origin'] !== 'key' && !isLimitOfKey(placeOf(rule))),
    accounts: of('upstream'),
  });
}
