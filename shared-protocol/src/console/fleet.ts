import { oc } from '@orpc/contract';
import { z } from 'zod';
import { accountHealth, proxyHealth, serviceHealth } from '../edge/heartbeat.ts';
import { reject, syncAnswer } from '../edge/sync.ts';
import { idSchema } from '../ids.ts';
import { instant, ok, pageQuery, pagination } from './envelope.ts';

const tags = ['Edge nodes'];
const nodeParams = z.object({ nodeId: z.string().max(64) });
const nodeName = z.string().trim().min(1).max(100);
const region = z.string().trim().min(1).max(100);
const onlyGroups = z.array(z.string().max(64)).max(1000);

const ring = z.int().min(0).max(9);
export const nodeRole = z
  .enum(['edge', 'central'])
  .describe(
    'central: stands beside the control plane and serves centralized groups; edge: serves distributed ones; hybrid ones: both',
  );

export const issueRegistrationTokenBody = z.object({
  node_name: nodeName.optional(),
  region: region.optional(),
  role: nodeRole.default('edge'),
  group_ids: onlyGroups.min(1).optional().describe('the only groups this node may ever serve; absent: whatever is placed on it'),
  expires_in_minutes: z.int().min(1).max(10_080).default(60),
  approve_first: z.boolean().optional().describe('true: the node waits until an administrator lets it in'),
});

export const issuedRegistrationToken = z.object({
  id: z.string(),
  registration_token: z.string().describe('shown once; good for one node'),
  expires_at: instant,
  install_command: z.string().describe('paste into a shell in a checkout of this repository'),
});

export const openRegistrationToken = z.object({
  id: z.string(),
  node_name: z.string().nullable(),
  region: z.string().nullable(),
  role: nodeRole,
  group_ids: z.array(z.string()).nullable(),
  created_by: z.string().nullable().describe('user id; null: made by the control plane itself'),
  created_at: instant,
  expires_at: instant,
});

export const nodeStatus = z
  .enum(['active', 'inactive', 'maintenance'])
  .describe(
    'inactive: two heartbeats in a row are missing, or none ever came; maintenance: set by an administrator or said by the node',
  );

export const fleetNode = z.object({
  node_id: z.string(),
  node_name: z.string(),
  status: nodeStatus,
  last_heartbeat: instant.nullable(),
  region: z.string().nullable(),
  assigned_groups: z.int().describe('how many groups it serves now'),
  current_load: z.object({
    requests_per_minute: z.number(),
    cpu_usage_percent: z.number().nullable(),
    memory_usage_percent: z.number().nullable(),
    memory_usage_mb: z.number().nullable(),
    active_requests: z.int(),
  }),
  health_score: z
    .number()
    .nullable()
    .describe('0…100 out of heartbeat, services and refused config; null before the first heartbeat'),
  health: z
    .object({ services_not_healthy: z.int(), accounts_not_healthy: z.int(), proxies_not_healthy: z.int() })
    .describe('how many it says are degraded or unhealthy'),
  role: nodeRole,
  ring: ring.describe('risky changes reach nodes of a smaller number first'),
  build: z.string().nullable(),
  listen: z.string().nullable().describe('host:port that clients reach'),
  config_version: z.int().describe('newest version that the node confirmed'),
  head: z.int().describe('newest version there is'),
  rejects: z.int().describe('resources it refuses; it keeps their last good revision'),
  session_no: z.int().describe('0: it never opened a session'),
  registered_at: instant,
  waiting: z.boolean().describe('it enrolled and an administrator has to let it in'),
  identity_conflict_at: instant
    .nullable()
    .describe('when two processes last fought over the identity of this node: perhaps a copy of its data folder runs'),
});
export type FleetNode = z.infer<typeof fleetNode>;

export const fleetNodeDetail = fleetNode.extend({
  server_ip: z.string().nullable(),
  country_code: z.string().nullable(),
  supported_services: z.array(z.string()),
  max_concurrent_requests: z.int().nullable(),
  receives_credentials: z.boolean().describe('false: it gave no sealing key and gets no provider credentials'),
  identity_key_id: z.string().nullable().describe('SHA-256 of its newest identity key; null: it is known by a token alone'),
  group_ids: z.array(z.string()).nullable().describe('the only groups it may serve; null: any'),
  groups: z.array(
    z.object({
      group_id: z.string(),
      confirmed_version: z.int().nullable().describe('null: it confirmed nothing of this group yet'),
    }),
  ),
  refused: z.array(reject.extend({ since: instant })).max(1000),
  services_health: z.record(z.string(), serviceHealth),
  accounts_health: z.record(z.string(), accountHealth).describe('by account; those that nothing is known against are left out'),
  proxies_health: z.record(z.string(), proxyHealth).describe('by proxy, since the node began'),
  local_storage_usage: z.object({ database_size_mb: z.number(), disk_usage_percent: z.number() }).nullable(),
  total_requests_today: z.int().nullable(),
  session_opened_at: instant.nullable(),
  last_seq: z.int().describe('final rows in its books, as of its newest session or heartbeat'),
  retired_at: instant.nullable(),
});

export type FleetNodeDetail = z.infer<typeof fleetNodeDetail>;

export const changeNodeBody = z.object({
  node_name: nodeName.optional(),
  region: region.nullable().optional(),
  status: z.enum(['active', 'maintenance']).optional(),
  group_ids: onlyGroups.nullable().optional().describe('null: any group that is placed on it'),
  ring: ring
    .optional()
    .describe('0: gets every change at once; a larger one gets risky changes after all smaller ones are well with them'),
});

const rolloutName = z.object({
  scope: z.string().max(64),
  kind: z.enum(['group', 'service']),
  id: z.string().max(64),
  version: z.int().describe('of the config that brought the change'),
});

/** A change of how requests find their way, going from ring to ring. Revocations, states, limits and quotas never wait. */
export const rollout = rolloutName.extend({
  ring,
  next_ring: ring.nullable().describe('null: no node is in an outer ring any more; it will be over'),
  base_version: z.int().describe('what the outer rings still have; restoring it ends the rollout everywhere'),
  nodes: z.object({ reached: z.int(), confirmed: z.int(), refusing: z.int(), total: z.int() }),
  healthy_since: instant.nullable().describe('every node that has it is well since then; null: not all are'),
  promoted_at: instant.nullable().describe('when it goes on by itself, if they stay well'),
  started_at: instant,
});
export type RolloutView = z.infer<typeof rollout>;

export const retiredNode = z.object({
  node_id: z.string(),
  retired_at: instant,
  readable_upstreams: z
    .array(z.object({ upstream_id: z.string(), name: z.string(), service: z.string(), group_id: z.string() }))
    .describe('accounts whose credentials it could read: rotate them at the provider unless you still hold the machine'),
});

export const listedSigningKey = z.object({
  id: z.string().describe('SHA-256 of the public key; registration tokens begin with it'),
  state: z.enum(['current', 'next', 'past']),
  created_at: instant,
  retired_at: instant.nullable(),
});

export const rotatedDataKey = z.object({
  version: z.int().positive(),
  resealed: z.int().nonnegative().describe('secrets that were sealed anew'),
});

export const groupEndpoint = z.object({
  node_id: z.string(),
  node_name: z.string(),
  region: z.string().nullable(),
  base_url: z.string().describe('the base URL for AI clients'),
});
export type GroupEndpoint = z.infer<typeof groupEndpoint>;

/** A small request through one node of the group. It costs what it costs, and is booked. */
export const testCall = z.object({
  test_message: z.string().min(1).max(2_000).optional().describe('absent: a greeting'),
  model: z.string().min(1).max(200).optional().describe('absent: the cheapest one that the service lists'),
});
const serviceTestCall = testCall.extend({
  upstream_id: idSchema('upstream').optional().describe('absent: the account that a request would get'),
});
export type TestCall = z.infer<typeof serviceTestCall>;

export const testResult = z.object({
  service_name: z.string(),
  status: z.enum(['healthy', 'unhealthy']),
  response_time_ms: z.int().nullable(),
  test_response: z.string().nullable(),
  model_used: z.string().nullable(),
  tokens_used: z.object({ input: z.int(), output: z.int(), total: z.int() }).nullable().describe('null: not reported'),
  upstream_id: z.string().nullable().describe('the account that answered'),
  node_id: z.string(),
  node_name: z.string(),
  error: z
    .object({ type: z.string(), message: z.string(), http_status: z.int().nullable() })
    .nullable()
    .describe('what went wrong, where it is unhealthy'),
});
export type TestResult = z.infer<typeof testResult>;

const groupId = z.string().max(64);

/** Nodes and their registration, for administrators. Shapes: requirements §5.3.5, with what the fleet knows besides. */
export const fleetContract = {
  groupEndpoints: oc
    .route({
      method: 'GET',
      path: '/carpool/groups/{groupId}/endpoints',
      summary: 'Where members of a group send their AI requests',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params: z.object({ groupId: z.string().max(64) }) }))
    .output(ok(z.object({ endpoints: z.array(groupEndpoint) }))),
  testService: oc
    .route({
      method: 'POST',
      path: '/carpool/groups/{groupId}/ai-services/{serviceId}/test',
      summary: 'Try a service of a group with one small request through one of its nodes',
      tags: ['Groups'],
      inputStructure: 'detailed',
    })
    .input(z.object({ params: z.object({ groupId, serviceId: z.string().max(50) }), body: serviceTestCall.default({}) }))
    .output(ok(testResult)),
  testAccount: oc
    .route({
      method: 'POST',
      path: '/carpool/groups/{groupId}/upstream-accounts/{upstreamId}/test',
      summary: 'Try one account with one small request through one of the nodes of its group',
      tags: ['Upstream accounts'],
      inputStructure: 'detailed',
    })
    .input(z.object({ params: z.object({ groupId, upstreamId: z.string().max(64) }), body: testCall.default({}) }))
    .output(ok(testResult)),
  issueRegistrationToken: oc
    .route({
      method: 'POST',
      path: '/admin/edge-nodes/registration-tokens',
      summary: 'Make a token that enrolls one node',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ body: issueRegistrationTokenBody.default({ role: 'edge', expires_in_minutes: 60 }) }))
    .output(ok(issuedRegistrationToken)),
  listRegistrationTokens: oc
    .route({
      method: 'GET',
      path: '/admin/edge-nodes/registration-tokens',
      summary: 'Tokens that can still be used',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ query: pageQuery }))
    .output(ok(z.object({ registration_tokens: z.array(openRegistrationToken), pagination }))),
  revokeRegistrationToken: oc
    .route({
      method: 'DELETE',
      path: '/admin/edge-nodes/registration-tokens/{tokenId}',
      summary: 'Revoke an unused token',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params: z.object({ tokenId: z.string().max(64) }) }))
    .output(ok(z.object({ id: z.string(), revoked_at: instant }))),
  listNodes: oc
    .route({ method: 'GET', path: '/admin/edge-nodes', summary: 'Nodes, their state and load', tags, inputStructure: 'detailed' })
    .input(z.object({ query: pageQuery.extend({ status: nodeStatus.optional(), region: region.optional() }) }))
    .output(
      ok(
        z.object({
          nodes: z.array(fleetNode),
          summary: z.object({
            total_nodes: z.int(),
            active_nodes: z.int(),
            inactive_nodes: z.int(),
            maintenance_nodes: z.int(),
            total_requests_per_minute: z.number(),
          }),
          pagination,
        }),
      ),
    ),
  getNode: oc
    .route({ method: 'GET', path: '/admin/edge-nodes/{nodeId}', summary: 'One node in full', tags, inputStructure: 'detailed' })
    .input(z.object({ params: nodeParams }))
    .output(ok(fleetNodeDetail)),
  changeNode: oc
    .route({
      method: 'PATCH',
      path: '/admin/edge-nodes/{nodeId}',
      summary: 'Rename, move or set aside a node',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params: nodeParams, body: changeNodeBody }))
    .output(ok(fleetNodeDetail)),
  listRollouts: oc
    .route({ method: 'GET', path: '/admin/rollouts', summary: 'Changes on their way through the rings of nodes', tags })
    .output(ok(z.object({ rollouts: z.array(rollout) }))),
  promoteRollout: oc
    .route({ method: 'POST', path: '/admin/rollouts/promote', summary: 'Let a change go on to the next ring now', tags })
    .input(rolloutName)
    .output(ok(z.object({ rollouts: z.array(rollout) }))),
  approveNode: oc
    .route({
      method: 'POST',
      path: '/admin/edge-nodes/{nodeId}/approve',
      summary: 'Let a node in that waits for it',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params: nodeParams }))
    .output(ok(fleetNodeDetail)),
  exportSnapshot: oc
    .route({
      method: 'POST',
      path: '/admin/edge-nodes/{nodeId}/snapshot',
      summary: 'The whole config of a node, signed and sealed to it: begins it while the control plane is away',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params: nodeParams }))
    .output(ok(syncAnswer)),
  listSigningKeys: oc
    .route({
      method: 'GET',
      path: '/admin/signing-keys',
      summary: 'Keys that this control plane signs with',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({}))
    .output(ok(z.object({ signing_keys: z.array(listedSigningKey) }))),
  rotateSigningKeys: oc
    .route({
      method: 'POST',
      path: '/admin/signing-keys/rotate',
      summary: 'Sign with the next key from now on',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({}))
    .output(ok(z.object({ current: z.string(), next: z.string(), past: z.string() }))),
  rotateDataKey: oc
    .route({
      method: 'POST',
      path: '/carpool/groups/{groupId}/rotate-data-key',
      summary: 'Seal the secrets of a group under a new key',
      tags: ['Groups'],
      inputStructure: 'detailed',
    })
    .input(z.object({ params: z.object({ groupId }) }))
    .output(ok(rotatedDataKey)),
  retireNode: oc
    .route({
      method: 'DELETE',
      path: '/admin/edge-nodes/{nodeId}',
      summary: 'Retire a node: its identity ends at once',
      tags,
      inputStructure: 'detailed',
    })
    .input(z.object({ params: nodeParams }))
    .output(ok(retiredNode)),
};
