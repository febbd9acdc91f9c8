import type { FleetNode, FleetNodeDetail } from '@aicarpool/shared-protocol/console';
import { healthScore } from './health-score.ts';
import type { NodeDetail, NodeReading } from './read-nodes.ts';

/** A node in the shape of the console API. */
export function nodeView({ node, status, groupIds, head }: NodeReading): FleetNode {
  const { heartbeat } = node;
  return {
    node_id: node.id,
    node_name: node.name,
    status,
    last_heartbeat: node.lastHeartbeatAt?.toISOString() ?? null,
    region: node.region,
    assigned_groups: groupIds.length,
    current_load: {
      requests_per_minute: heartbeat?.requests_per_minute ?? 0,
      cpu_usage_percent: heartbeat?.cpu_usage_percent ?? null,
      memory_usage_percent: heartbeat?.memory_usage_percent ?? null,
      memory_usage_mb: heartbeat?.memory_usage_mb ?? null,
      active_requests: heartbeat?.active_requests ?? 0,
    },
    health_score: healthScore({ status, heartbeat, rejectCount: node.rejectCount }),
    health: healthCounts(heartbeat),
    role: node.role,
    ring: node.ring,
    build: node.build,
    listen: node.listen,
    config_version: node.configVersion,
    head,
    rejects: node.rejectCount,
    session_no: node.sessionNo,
    registered_at: node.registeredAt.toISOString(),
    waiting: node.waiting,
    identity_conflict_at: node.conflictAt?.toISOString() ?? null,
  };
}

/** How many services, accounts and proxies of a node are not well, as it said last. */
function healthCounts(heartbeat: NodeReading['node']['heartbeat']): FleetNode['health'] {
  const ill = (record: Record<string, { status: string }> | undefined) =>
    Object.values(record ?? {}).filter(({ status }) => status !== 'healthy').length;
  return {
    services_not_healthy: ill(heartbeat?.services_health),
    accounts_not_healthy: ill(heartbeat?.accounts_health),
    proxies_not_healthy: ill(heartbeat?.proxies_health),
  };
}

export function nodeDetailView(detail: NodeDetail): FleetNodeDetail {
  const { node, groupIds, confirmedVersions, rejects } = detail;
  const { heartbeat } = node;
  return {
    ...nodeView(detail),
    server_ip: node.serverIp,
    country_code: node.countryCode,
    supported_services: node.supportedServices,
    max_concurrent_requests: node.maxConcurrentRequests,
    receives_credentials: node.sealingKey !== null,
    identity_key_id: node.identityKeyId,
    group_ids: node.onlyGroups,
    groups: groupIds.map((groupId) => ({ group_id: groupId, confirmed_version: confirmedVersions.get(groupId) ?? null })),
    refused: rejects.map(({ nodeId: _, resourceId, since, ...rest }) => ({
      ...rest,
      id: resourceId,
      since: since.toISOString(),
    })),
    services_health: heartbeat?.services_health ?? {},
    accounts_health: heartbeat?.accounts_health ?? {},
    proxies_health: heartbeat?.proxies_health ?? {},
    local_storage_usage: heartbeat?.local_storage_usage ?? null,
    total_requests_today: heartbeat?.total_requests_today ?? null,
    session_opened_at: node.sessionOpenedAt?.toISOString() ?? null,
    last_seq: node.lastSeq,
    retired_at: node.retiredAt?.toISOString() ?? null,
  };
}

export function listSummary(matching: readonly NodeReading[]) {
  const countOf = (status: NodeReading['status']) => matching.filter((reading) => reading.status === status).length;
  const perMinute = matching
    .filter(({ status }) => status !== 'inactive')
    .map(({ node }) => node.heartbeat?.requests_per_minute ?? 0);
  return {
    total_nodes: matching.length,
    active_nodes: countOf('active'),
    inactive_nodes: countOf('inactive'),
    maintenance_nodes: countOf('maintenance'),
    total_requests_per_minute: perMinute.reduce((sum, rate) => sum + rate, 0),
  };
}
