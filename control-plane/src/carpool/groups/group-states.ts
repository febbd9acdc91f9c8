import { Conflict } from '../../kernel/index.ts';
import type { GroupRow } from './group-access.ts';

type GroupStatus = GroupRow['status'];

/** What a group may become. A draft has served nobody yet; a closed group stays closed. */
const next: Readonly<Record<GroupStatus, readonly GroupStatus[]>> = {
  draft: ['active', 'closed'],
  active: ['suspended', 'closed'],
  suspended: ['active', 'closed'],
  closed: [],
};

/** Throws 409 `status_not_possible` unless a group may go from one status to the other; staying is always possible. */
export function assertTransition(from: GroupStatus, to: GroupStatus): void {
  if (from === to || next[from].includes(to)) return;
  throw new Conflict('status_not_possible', `a group that is ${from} cannot become ${to}`, { from, to, possible: next[from] });
}

export interface ServiceReadiness {
  readonly serviceId: string;
  readonly enabled: boolean;
  readonly serviceStatus: 'active' | 'inactive' | 'maintenance';
  readonly activeAccounts: number;
  readonly authMethod: 'shared_account' | 'individual_keys' | 'proxy_auth';
}

/** Can a request be served by this service of the group, and if not, why not? */
export function readinessOf(service: ServiceReadiness): 'active' | 'disabled' | 'no_account' | 'service_inactive' {
  if (!service.enabled) return 'disabled';
  if (service.serviceStatus !== 'active') return 'service_inactive';
  return service.activeAccounts > 0 ? 'active' : 'no_account';
}

/** Throws 409 `group_not_ready`, saying what is missing, unless one service at least can serve. */
export function assertReady(services: readonly ServiceReadiness[]): void {
  const problems = services.map((service) => ({ service: service.serviceId, problem: readinessOf(service) }));
  if (problems.some(({ problem }) => problem === 'active')) return;
  // Members bring their accounts once they are in, so the group need not have one.
  if (services.some((service) => service.authMethod === 'individual_keys' && readinessOf(service) === 'no_account')) return;
  const missing =
    services.length === 0
      ? ['a service (PUT …/ai-services, or add an account)', 'an account of it (POST …/upstream-accounts)']
      : ['an enabled service that has an active account (POST …/upstream-accounts)'];
  throw new Conflict('group_not_ready', `the group cannot be activated yet; it lacks ${missing.join(', ')}`, {
    missing,
    services: problems,
  });
}
