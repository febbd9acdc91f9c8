import {
  heartbeatRequest,
  probeAnswer,
  type RegisterAnswer,
  type RegisterRequest,
  registerRequest,
  type SessionAnswer,
  sessionRequest,
  signalsRequest,
  statsAnswer,
  syncRequest,
} from '@aicarpool/shared-protocol';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { currentHead } from '../kernel/change-log.ts';
import type { Ctx } from '../kernel/context.ts';
import { CarpoolError, Invalid, LimitReached, Unauthenticated } from '../kernel/errors.ts';
import { readJson } from '../kernel/http/read-json.ts';
import { ok } from '../kernel/http/reply.ts';
import { authenticateNode, bearerOf, type NodeHttpEnv } from './authenticate-node.ts';
import { registerNode } from './enrollment/register-node.ts';
import type { FleetParts } from './fleet-parts.ts';
import { openStream } from './hub/open-stream.ts';
import { openSession } from './nodes/open-session.ts';
import { heartbeatIntervalS, receiveHeartbeat } from './nodes/receive-heartbeat.ts';
import { receiveSignals } from './nodes/receive-signals.ts';
import { assignedGroups } from './placement/assigned-groups.ts';
import { receiveProbeAnswer } from './questions/probes/receive-probe-answer.ts';
import { receiveAnswer } from './questions/receive-answer.ts';
import { answerSync } from './sync/answer-sync.ts';

const syncPollS = 5;
/** More nodes than this that come back in the same moment are asked to wait. */
const maxSyncsAtOnce = 256;
const mebibyte = 1024 * 1024;

function atMost(bytes: number): MiddlewareHandler {
  return bodyLimit({
    maxSize: bytes,
    onError: () => {
      throw new CarpoolError(413, 'body_too_large', `the body may have ${bytes} bytes`);
    },
  });
}

function admitAtMost(limit: number): MiddlewareHandler {
  let inFlight = 0;
  return async (_c, next) => {
    if (inFlight >= limit)
      throw new LimitReached('sync_busy', 'too many nodes ask at once; ask again a little later', undefined, 2);
    inFlight += 1;
    try {
      await next();
    } finally {
      inFlight -= 1;
    }
  };
}

/** The calls of nodes, to be mounted at `/api/v1/edge-nodes` before anything that reads bearer tokens as sign-ins. */
export function edgeApi(parts: FleetParts): Hono<NodeHttpEnv> {
  const api = new Hono<NodeHttpEnv>();
  const node = authenticateNode();
  api.post('/register', atMost(mebibyte / 16), async (c) =>
    c.json(ok(await register(c.var.ctx, bearerOf(c), await readJson(c, registerRequest), parts))),
  );
  api.post('/session', node, atMost(mebibyte / 16), async (c) => c.json(ok(await session(c))));
  api.get('/events', node, async (c) => await events(c, parts));
  const syncs = admitAtMost(maxSyncsAtOnce);
  api.post('/sync', syncs, node, atMost(8 * mebibyte), async (c) => {
    const request = await readJson(c, syncRequest);
    return c.json(ok(await answerSync(c.var.ctx, parts, c.var.node, request)));
  });
  api.post('/heartbeat', node, atMost(4 * mebibyte), async (c) => {
    const request = await readJson(c, heartbeatRequest);
    return c.json(ok(await receiveHeartbeat(c.var.ctx, c.var.node, request)));
  });
  api.post('/answers', node, atMost(32 * mebibyte), async (c) => {
    const answer = await readJson(c, statsAnswer);
    return c.json(ok(await receiveAnswer(c.var.ctx, parts.hub, c.var.node, answer)));
  });
  api.post('/probe-answers', node, atMost(mebibyte / 16), async (c) => {
    const answer = await readJson(c, probeAnswer);
    return c.json(ok(await receiveProbeAnswer(c.var.ctx, parts.hub, c.var.node, answer)));
  });
  api.post('/signals', node, atMost(mebibyte), async (c) => {
    const request = await readJson(c, signalsRequest);
    return c.json(ok(await receiveSignals(c.var.ctx, c.var.node, request)));
  });
  return api;
}

async function register(
  ctx: Ctx,
  token: string | undefined,
  request: RegisterRequest,
  parts: FleetParts,
): Promise<RegisterAnswer> {
  if (!token) throw new Unauthenticated('registration_refused', 'give the registration token as `Authorization: Bearer …`');
  const { nodeId, nodeToken, role, onlyGroups } = await registerNode(ctx, token, request);
  const { head } = await currentHead(ctx.db);
  return {
    node_id: nodeId,
    node_token: nodeToken,
    heartbeat_interval: heartbeatIntervalS,
    assigned_groups: await assignedGroups(ctx, parts.facts, { id: nodeId, role, onlyGroups, retiredAt: null }),
    initial_config_version: head,
  };
}

async function session(c: Context<NodeHttpEnv>): Promise<SessionAnswer> {
  const { ctx, node } = c.var;
  const { sessionNo, protocol } = await openSession(ctx, node, await readJson(c, sessionRequest));
  const { epoch, head } = await currentHead(ctx.db);
  return {
    session_no: sessionNo,
    node_id: node.id,
    protocol,
    epoch,
    head,
    center_time: ctx.clock.now().toISOString(),
    heartbeat_s: heartbeatIntervalS,
    sync_poll_s: syncPollS,
  };
}

async function events(c: Context<NodeHttpEnv>, parts: FleetParts): Promise<Response> {
  const sessionNo = Number(c.req.query('session_no'));
  if (!Number.isSafeInteger(sessionNo)) throw new Invalid('invalid_input', 'session_no must be a whole number');
  const body = await openStream(c.var.ctx, parts.hub, c.var.node, sessionNo);
  return c.body(body, 200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
}
