import type { FleetNodeDetail } from '@aicarpool/shared-protocol/console';

type Health = FleetNodeDetail['services_health'][string];

export interface HealthOnNode extends Health {
  readonly node_id: string;
  readonly node_name: string;
}

const order = ['unhealthy', 'degraded', 'healthy'] as const;

/** What each node says of one service. */
export function healthByNode(nodes: readonly FleetNodeDetail[], service: string): HealthOnNode[] {
  return nodes.flatMap(({ node_id, node_name, services_health }) => {
    const said = services_health[service];
    return said ? [{ ...said, node_id, node_name }] : [];
  });
}

/** The worst that a node says; null: no node says anything. */
export function worstOf(said: readonly Pick<Health, 'status'>[]): Pick<Health, 'status'> | null {
  const status = order.find((one) => said.some((health) => health.status === one));
  return status ? { status } : null;
}
