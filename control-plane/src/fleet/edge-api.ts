import {
  type ChallengeAnswer,
  challengeRequest,
  heartbeatRequest,
  probeAnswer,
  type RegisterAnswer,
  type RenewAnswer,
  renewRequest,
  type SessionAnswer,
  sessionRequest,
  settleRequest,
  signalsRequest,
  statsAnswer,
  successionRequest,
  syncRequest,
} from '@aicarpool/shared-protocol';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { currentHead } from '../kernel/change-log.ts';
import { Invalid, LimitReached } from '../kernel/errors.ts';
import { limitBody } from '../kernel/http/limit-body.ts';
import { readJson } from '../kernel/http/read-json.ts';
import { ok } from '../kernel/http/reply.ts';
import { admitRegistration } from './enrollment/admit-registration.ts';
import { registerNode } from './enrollment/register-node.ts';
import type { FleetParts } from './fleet-parts.ts';
import { openStream } from './hub/open-stream.ts';
import { authenticateNode, authenticateSigner, type NodeHttpEnv } from './identity/authenticate-node.ts';
import { withProof } from './identity/calls/prove-answer.ts';
import { readSignedRequest } from './identity/calls/request-parts.ts';
import { issueSessionKey } from './identity/calls/session-keys.ts';
import { newChallenge } from './identity/challenge.ts';
import { renewSessionKey } from './identity/renew-session-key.ts';
import { succeedIdentity } from './identity/succeed-identity.ts';
import { openSession } from './nodes/open-session.ts';
import { heartbeatIntervalS, receiveHeartbeat } from './nodes/receive-heartbeat.ts';
import { receiveSignals } from './nodes/receive-signals.ts';
import { assignedGroups } from './placement/assigned-groups.ts';
import { receiveProbeAnswer } from './questions/probes/receive-probe-answer.ts';
import { receiveAnswer } from './questions/receive-answer.ts';
import { receiveSettlement } from './settlement/receive-settlement.ts';
import { answerSync } from './sync/answer-sync.ts';

const syncPollS = 5;
/** More nodes than this that come back in the same moment are asked to wait. */
const maxSyncsAtOnce = 256;
const mebibyte = 1024 * 1024;

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
  const small = limitBody(mebibyte / 16);
  const node = authenticateNode();
  const nodeOrToken = authenticateNode({ tokens: true });
  const signer = authenticateSigner(parts.signingKeys);
  api.post('/challenge', small, async (c) => await challenge(c, parts));
  api.post('/register', small, signedAnswer(parts), async (c) => c.json(ok(await register(c, parts))));
  api.post('/session', small, authenticateSigner(parts.signingKeys, { tokens: true }), async (c) =>
    c.json(ok(await session(c, parts))),
  );
  api.post('/session/renew', small, signer, async (c) => {
    const request = await readJson(c, renewRequest);
    const key = await renewSessionKey(c.var.ctx, parts.signingKeys, c.var.node, request);
    return c.json(ok({ center_time: c.var.ctx.clock.now().toISOString(), key } satisfies RenewAnswer));
  });
  api.post('/identity', small, signer, async (c) =>
    c.json(ok(await succeedIdentity(c.var.ctx, c.var.node, c.var.signedBy, await readJson(c, successionRequest)))),
  );
  api.get('/events', nodeOrToken, async (c) => await events(c, parts));
  const syncs = admitAtMost(maxSyncsAtOnce);
  api.post('/sync', syncs, limitBody(8 * mebibyte), nodeOrToken, async (c) => {
    const request = await readJson(c, syncRequest);
    return c.json(ok(await answerSync(c.var.ctx, parts, c.var.node, request)));
  });
  api.post('/heartbeat', limitBody(4 * mebibyte), nodeOrToken, async (c) => {
    const request = await readJson(c, heartbeatRequest);
    return c.json(ok(await receiveHeartbeat(c.var.ctx, c.var.node, request)));
  });
  api.post('/answers', limitBody(32 * mebibyte), node, async (c) => {
    const answer = await readJson(c, statsAnswer);
    return c.json(ok(await receiveAnswer(c.var.ctx, parts.hub, c.var.node, answer)));
  });
  api.post('/probe-answers', limitBody(mebibyte / 16), node, async (c) => {
    const answer = await readJson(c, probeAnswer);
    return c.json(ok(await receiveProbeAnswer(c.var.ctx, parts.hub, c.var.node, answer)));
  });
  api.post('/settle', limitBody(8 * mebibyte), node, async (c) => {
    const request = await readJson(c, settleRequest);
    return c.json(ok(await receiveSettlement(c.var.ctx, parts, c.var.node, request)));
  });
  api.post('/signals', limitBody(mebibyte), node, async (c) => {
    const request = await readJson(c, signalsRequest);
    return c.json(ok(await receiveSignals(c.var.ctx, c.var.node, request)));
  });
  return api;
}

/** The answer of a registration that is signed is signed as well: it brings the keys that the node will trust. */
function signedAnswer({ signingKeys }: FleetParts): MiddlewareHandler<NodeHttpEnv> {
  return async (c, next) => {
    const request = readSignedRequest(c);
    if (!request) return await next();
    const prover = { to: request.nonce, prove: (text: string) => signingKeys.sign(c.var.ctx, text) };
    return await withProof(c, next, () => prover);
  };
}

async function challenge(c: Context<NodeHttpEnv>, { signingKeys }: FleetParts): Promise<Response> {
  const { ctx } = c.var;
  const { nonce } = await readJson(c, challengeRequest);
  const answer: ChallengeAnswer = {
    challenge: newChallenge(ctx),
    signing_keys: await signingKeys.published(ctx),
    center_time: ctx.clock.now().toISOString(),
  };
  const reply = async () => {
    c.res = c.json(ok(answer));
  };
  await withProof(c, reply, () => ({ to: nonce, prove: (text) => signingKeys.sign(ctx, text) }));
  return c.res;
}

async function register(c: Context<NodeHttpEnv>, { facts, signingKeys }: FleetParts): Promise<RegisterAnswer> {
  const { ctx } = c.var;
  const { claim, request } = await admitRegistration(c);
  const { nodeId, nodeToken, role, onlyGroups, waiting } = await registerNode(ctx, claim, request);
  const { head } = await currentHead(ctx.db);
  return {
    node_id: nodeId,
    node_token: nodeToken,
    heartbeat_interval: heartbeatIntervalS,
    assigned_groups: await assignedGroups(ctx, facts, { id: nodeId, role, onlyGroups, retiredAt: null }),
    initial_config_version: head,
    signing_keys: await signingKeys.published(ctx),
    approved: !waiting,
  };
}

async function session(c: Context<NodeHttpEnv>, { signingKeys }: FleetParts): Promise<SessionAnswer> {
  const { ctx, node } = c.var;
  const request = await readJson(c, sessionRequest);
  const { exchange: nodeExchange, boot_id: bootId } = request;
  if (node.identityKeyId !== null && nodeExchange === undefined)
    throw new Invalid('exchange_missing', 'a node with an identity key gives its half of the session key');
  const { sessionNo, protocol } = await openSession(ctx, node, request);
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
    ...(nodeExchange === undefined || node.identityKeyId === null
      ? {}
      : { key: await issueSessionKey(ctx, signingKeys, { node, bootId, sessionNo, nodeExchange }) }),
  };
}

async function events(c: Context<NodeHttpEnv>, parts: FleetParts): Promise<Response> {
  const sessionNo = Number(c.req.query('session_no'));
  if (!Number.isSafeInteger(sessionNo)) throw new Invalid('invalid_input', 'session_no must be a whole number');
  const body = await openStream(c.var.ctx, parts.hub, c.var.node, sessionNo);
  return c.body(body, 200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
}
