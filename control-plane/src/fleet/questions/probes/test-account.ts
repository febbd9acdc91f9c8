import type { TestCall, TestResult } from '@aicarpool/shared-protocol/console';
import { viewAccountToTest, viewServiceToTest } from '../../../carpool/index.ts';
import { audit } from '../../../kernel/audit.ts';
import type { Ctx } from '../../../kernel/context.ts';
import { Invalid } from '../../../kernel/errors.ts';
import type { FleetParts } from '../../fleet-parts.ts';
import { askProbe, type ProbeReply } from './ask-probe.ts';

const deadlineMs = 45_000;
const greeting = 'Hello, this is a test message';

interface Target {
  readonly groupId: string;
  readonly serviceId: string;
  readonly upstreamId: string | null;
}

/** Tries a service of a group with one small request through one of its nodes. It costs what it costs, and is booked. */
export async function testService(
  ctx: Ctx,
  parts: FleetParts,
  { groupId, serviceId }: { readonly groupId: string; readonly serviceId: string },
  call: TestCall,
): Promise<TestResult> {
  const upstreamId = call.upstream_id ?? null;
  if (upstreamId !== null) await viewAccountToTest(ctx, groupId, upstreamId);
  return await test(ctx, parts, { ...(await viewServiceToTest(ctx, groupId, serviceId)), upstreamId }, call);
}

/** The same with one account. */
export async function testAccount(
  ctx: Ctx,
  parts: FleetParts,
  { groupId, upstreamId }: { readonly groupId: string; readonly upstreamId: string },
  call: TestCall,
): Promise<TestResult> {
  return await test(ctx, parts, await viewAccountToTest(ctx, groupId, upstreamId), call);
}

async function test(ctx: Ctx, parts: FleetParts, target: Target, call: TestCall): Promise<TestResult> {
  const { groupId, serviceId, upstreamId } = target;
  const reply = await askProbe(parts, ctx, {
    deadlineMs,
    probe: {
      kind: 'account',
      group_id: groupId,
      service: serviceId,
      upstream_id: upstreamId,
      model: call.model ?? null,
      message: call.test_message ?? greeting,
    },
  });
  assertModelFound(serviceId, reply, call);
  const result = resultOf(serviceId, reply);
  await audit(ctx.db, ctx, {
    action: 'carpool.upstream.test',
    target: upstreamId === null ? { kind: 'service', id: serviceId } : { kind: 'upstream', id: upstreamId },
    groupId,
    after: { node: reply.nodeId, status: result.status, model: result.model_used, error: result.error?.type ?? null },
  });
  return result;
}

/** Nothing was asked, so nothing is known about the account: it is the question that lacks something. */
function assertModelFound(serviceId: string, { result }: ProbeReply, call: TestCall): void {
  if (result.ok || result.code !== 'model_unknown' || result.http_status !== null || call.model !== undefined) return;
  throw new Invalid('model_needed', `${serviceId} lists no model that could be asked; name one as \`model\``);
}

function resultOf(serviceId: string, { nodeId, nodeName, result }: ProbeReply): TestResult {
  const about = { service_name: serviceId, node_id: nodeId, node_name: nodeName };
  if (!result.ok) {
    return {
      ...about,
      status: 'unhealthy',
      response_time_ms: result.response_time_ms,
      test_response: null,
      model_used: null,
      tokens_used: null,
      upstream_id: null,
      error: { type: result.code, message: result.message, http_status: result.http_status },
    };
  }
  const { input_tokens: input, output_tokens: output } = result;
  return {
    ...about,
    status: 'healthy',
    response_time_ms: result.response_time_ms,
    test_response: result.text,
    model_used: result.model,
    tokens_used:
      input === null && output === null ? null : { input: input ?? 0, output: output ?? 0, total: (input ?? 0) + (output ?? 0) },
    upstream_id: result.upstream_id,
    error: null,
  };
}
