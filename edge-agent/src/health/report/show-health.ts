import type { AccountHealth, HealthRules, HeartbeatRequest } from '@aicarpool/shared-protocol';
import type { GroupEntry, UpstreamEntry } from '../../snapshot/snapshot.ts';
import type { Account } from '../account.ts';
import { endpointOf, type GroupHealth } from '../group-health.ts';

export type ShownHealth = Required<Pick<HeartbeatRequest, 'accounts_health' | 'services_health'>>;
type Status = AccountHealth['status'];

const accountsAtMost = 5_000;

interface ServiceSum {
  accounts: number;
  unhealthy: number;
  isTroubled: boolean;
  sumMs: number;
  timed: number;
}

/** How accounts and services do, as the heartbeat says it. An account that nothing is known against is left out. */
export function showHealth(
  groups: Iterable<readonly [string, GroupHealth]>,
  rulesOf: (groupId: string) => HealthRules | undefined,
  nowMs: number,
): ShownHealth {
  const accounts: [string, AccountHealth][] = [];
  const services = new Map<string, ServiceSum>();
  for (const [groupId, known] of groups) {
    for (const [id, { account, upstream }] of known.accounts) {
      const shown = showAccount(known, account, upstream, rulesOf(groupId), nowMs);
      if (shown.status !== 'healthy' && accounts.length < accountsAtMost) accounts.push([id, shown]);
      addUp(services, upstream.serviceId, shown);
    }
  }
  return {
    accounts_health: Object.fromEntries(accounts),
    services_health: Object.fromEntries([...services].map(([id, sum]) => [id, showService(sum)])),
  };
}

export function showAccount(
  known: GroupHealth,
  account: Account,
  upstream: UpstreamEntry,
  rules: GroupEntry['health'] | undefined,
  nowMs: number,
): AccountHealth {
  const { recent, active } = account;
  const limitMs = rules?.response_time_ms ?? null;
  const isSlow = limitMs !== null && recent.firstByteMs !== null && recent.firstByteMs > limitMs;
  const found = findTrouble(known, account, upstream, nowMs) ?? (isSlow ? slow : well);
  return {
    status: found.status,
    reason: found.reason,
    until: found.untilMs === null || found.untilMs <= nowMs ? null : new Date(found.untilMs).toISOString(),
    active_requests: Math.max(0, active),
    avg_response_time_ms: recent.firstByteMs === null ? null : Math.round(recent.firstByteMs),
    success_rate: recent.successRate(nowMs),
  };
}

interface Found {
  readonly status: Status;
  readonly reason: string | null;
  readonly untilMs: number | null;
}

const well: Found = { status: 'healthy', reason: null, untilMs: null };
const slow: Found = { status: 'degraded', reason: 'slow', untilMs: null };

function findTrouble(known: GroupHealth, account: Account, upstream: UpstreamEntry, nowMs: number): Found | undefined {
  const trouble = account.troubleAt(nowMs);
  if (trouble?.covers === 'account' && !trouble.onTrial) return { status: 'unhealthy', ...pick(trouble) };
  const breakers = [known.endpoints.get(endpointOf(upstream)), known.services.get(upstream.serviceId)];
  const names = ['connection', 'overloaded'];
  for (const [at, breaker] of breakers.entries()) {
    const state = breaker?.stateAt(nowMs);
    if (breaker && state === 'out') return { status: 'unhealthy', reason: names[at] ?? null, untilMs: breaker.untilMs };
    if (breaker && (state === 'trial' || breaker.hasMarks)) {
      return { status: 'degraded', reason: names[at] ?? null, untilMs: null };
    }
  }
  return trouble && { status: 'degraded', ...pick(trouble) };
}

function pick({ reason, untilMs }: { reason: string; untilMs: number }) {
  return { reason, untilMs };
}

function addUp(services: Map<string, ServiceSum>, id: string, { status, avg_response_time_ms: ms }: AccountHealth): void {
  const sum = services.get(id) ?? { accounts: 0, unhealthy: 0, isTroubled: false, sumMs: 0, timed: 0 };
  services.set(id, sum);
  sum.accounts += 1;
  sum.unhealthy += status === 'unhealthy' ? 1 : 0;
  sum.isTroubled ||= status !== 'healthy';
  sum.sumMs += ms ?? 0;
  sum.timed += ms === null ? 0 : 1;
}

function showService({ accounts, unhealthy, isTroubled, sumMs, timed }: ServiceSum) {
  const status: Status = unhealthy === accounts ? 'unhealthy' : isTroubled ? 'degraded' : 'healthy';
  return { status, avg_response_time_ms: timed === 0 ? null : Math.round(sumMs / timed) };
}
