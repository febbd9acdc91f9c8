import { fleetContract } from '@aicarpool/shared-protocol/console';
import { implement } from '@orpc/server';
import { rotateDataKey } from '../carpool/index.ts';
import type { Ctx } from '../kernel/context.ts';
import { ok, paginationOf } from '../kernel/http/reply.ts';
import { issueRegistrationToken } from './enrollment/issue-registration-token.ts';
import { listRegistrationTokens } from './enrollment/read-registration-tokens.ts';
import { revokeRegistrationToken } from './enrollment/revoke-registration-token.ts';
import type { FleetParts } from './fleet-parts.ts';
import { listSigningKeys } from './identity/signing-keys/list-signing-keys.ts';
import { rotateSigningKeys } from './identity/signing-keys/rotate-signing-keys.ts';
import { approveNode } from './nodes/approve-node.ts';
import { changeNode } from './nodes/change-node.ts';
import { listSummary, nodeDetailView, nodeView } from './nodes/node-view.ts';
import { getNode, listNodes } from './nodes/read-nodes.ts';
import { retireNode } from './nodes/retire-node.ts';
import { readEndpoints } from './placement/read-endpoints.ts';
import { promoteRollout } from './placement/rings/promote-rollouts.ts';
import { rolloutViews } from './placement/rings/rollout-views.ts';
import { testAccount, testService } from './questions/probes/test-account.ts';
import { exportSnapshot } from './sync/sealed/export-snapshot.ts';

const os = implement(fleetContract).$context<{ ctx: Ctx }>();

/** The console calls of the fleet domain. */
export function fleetRouterOver(parts: FleetParts) {
  return os.router({
    ...registrationRoutes(parts),
    ...keyRoutes(parts),
    ...trafficRoutes(parts),
    listNodes: os.listNodes.handler(async ({ context, input: { query } }) => {
      const { nodes, matching } = await listNodes(context.ctx, parts.facts, query);
      return ok({ nodes: nodes.map(nodeView), summary: listSummary(matching), pagination: paginationOf(query, matching.length) });
    }),
    getNode: os.getNode.handler(async ({ context, input }) =>
      ok(nodeDetailView(await getNode(context.ctx, parts.facts, input.params.nodeId))),
    ),
    changeNode: os.changeNode.handler(async ({ context, input: { params, body } }) => {
      const { node_name: name, region, status: adminState, group_ids: onlyGroups, ring } = body;
      await changeNode(context.ctx, params.nodeId, { name, region, adminState, onlyGroups, ring });
      return ok(nodeDetailView(await getNode(context.ctx, parts.facts, params.nodeId)));
    }),
    listRollouts: os.listRollouts.handler(async ({ context }) => ok({ rollouts: await rolloutViews(context.ctx, parts.facts) })),
    promoteRollout: os.promoteRollout.handler(async ({ context, input }) => {
      await promoteRollout(context.ctx, parts.facts, input, input.version);
      return ok({ rollouts: await rolloutViews(context.ctx, parts.facts) });
    }),
    approveNode: os.approveNode.handler(async ({ context, input: { params } }) => {
      await approveNode(context.ctx, params.nodeId);
      return ok(nodeDetailView(await getNode(context.ctx, parts.facts, params.nodeId)));
    }),
    exportSnapshot: os.exportSnapshot.handler(async ({ context, input: { params } }) =>
      ok(await exportSnapshot(context.ctx, parts, params.nodeId)),
    ),
    retireNode: os.retireNode.handler(async ({ context, input: { params } }) => {
      const { retiredAt, readable } = await retireNode(context.ctx, params.nodeId);
      const upstreams = readable.map((one) => ({
        upstream_id: one.upstreamId,
        name: one.name,
        service: one.service,
        group_id: one.groupId,
      }));
      return ok({ node_id: params.nodeId, retired_at: retiredAt.toISOString(), readable_upstreams: upstreams });
    }),
  });
}

/** Where traffic goes, and whether it would get there. */
function trafficRoutes(parts: FleetParts) {
  return {
    groupEndpoints: os.groupEndpoints.handler(async ({ context, input }) => {
      const endpoints = await readEndpoints(context.ctx, parts.facts, input.params.groupId);
      const views = endpoints.map(({ nodeId, name, region, baseUrl }) => ({
        node_id: nodeId,
        node_name: name,
        region,
        base_url: baseUrl,
      }));
      return ok({ endpoints: views });
    }),
    testService: os.testService.handler(async ({ context, input: { params, body } }) =>
      ok(await testService(context.ctx, parts, params, body)),
    ),
    testAccount: os.testAccount.handler(async ({ context, input: { params, body } }) =>
      ok(await testAccount(context.ctx, parts, params, body)),
    ),
  };
}

function keyRoutes({ signingKeys }: FleetParts) {
  return {
    listSigningKeys: os.listSigningKeys.handler(async ({ context }) => {
      const keys = await listSigningKeys(context.ctx);
      const views = keys.map(({ id, state, createdAt, retiredAt }) => ({
        id,
        state,
        created_at: createdAt.toISOString(),
        retired_at: retiredAt?.toISOString() ?? null,
      }));
      return ok({ signing_keys: views });
    }),
    rotateSigningKeys: os.rotateSigningKeys.handler(async ({ context }) => ok(await rotateSigningKeys(context.ctx, signingKeys))),
    rotateDataKey: os.rotateDataKey.handler(async ({ context, input: { params } }) =>
      ok(await rotateDataKey(context.ctx, params.groupId, 'an administrator asked for it')),
    ),
  };
}

function registrationRoutes(parts: FleetParts) {
  return {
    issueRegistrationToken: os.issueRegistrationToken.handler(async ({ context, input: { body } }) => {
      const {
        node_name: nodeName,
        region,
        role,
        group_ids: groupIds,
        expires_in_minutes: expiresInMinutes,
        approve_first: approveFirst,
      } = body;
      const wanted = { nodeName, region, role, groupIds: groupIds ?? null, expiresInMinutes, approveFirst };
      const issued = await issueRegistrationToken(context.ctx, wanted, parts.publicUrl);
      return ok({
        id: issued.id,
        registration_token: issued.registrationToken,
        expires_at: issued.expiresAt.toISOString(),
        install_command: issued.installCommand,
      });
    }),
    listRegistrationTokens: os.listRegistrationTokens.handler(async ({ context, input: { query } }) => {
      const { tokens, total } = await listRegistrationTokens(context.ctx, query);
      const views = tokens.map((token) => ({
        id: token.id,
        node_name: token.nodeName,
        region: token.region,
        role: token.role,
        group_ids: token.groupIds,
        created_by: token.createdBy,
        created_at: token.createdAt.toISOString(),
        expires_at: token.expiresAt.toISOString(),
      }));
      return ok({ registration_tokens: views, pagination: paginationOf(query, total) });
    }),
    revokeRegistrationToken: os.revokeRegistrationToken.handler(async ({ context, input: { params } }) => {
      const { revokedAt } = await revokeRegistrationToken(context.ctx, params.tokenId);
      return ok({ id: params.tokenId, revoked_at: revokedAt.toISOString() });
    }),
  };
}
