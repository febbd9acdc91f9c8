import type { Refusal } from '@aicarpool/shared-protocol';
import type { Agent } from '../../agent.ts';
import { authenticate } from '../../authenticate.ts';
import type { Call, Caller } from '../../exchange.ts';
import { readBody, releaseBody } from '../../intake/read-body.ts';
import { unlessSpoilt } from '../../intake/spoilt-config.ts';
import { causeOf } from '../../relay/failure.ts';
import { ampHeaders } from './amp-headers.ts';
import { type AmpEnd, AmpRelay } from './amp-relay.ts';
import { type AmpAccount, findAmpAccount } from './find-amp-account.ts';
import type { AmpCall } from './read-amp-path.ts';
import { refuseAmp } from './refuse-amp.ts';

/** What is known of a call to Amp's own servers; no API of a model is meant. */
export type AmpRequest = Pick<Call, 'requestId' | 'startedAtMs' | 'request' | 'response' | 'link' | 'awaitsContinue'>;

const answerWithinMs = 120_000;

/**
 * One call to Amp's servers, made with the Amp account of the caller's group. It uses no tokens, so it is counted and
 * logged and has no row in the books.
 */
export async function serveAmp(agent: Agent, on: AmpRequest, call: AmpCall): Promise<void> {
  const no = (refusal: Refusal) => refuseAmp(agent, on, call.area, refusal);
  if (agent.load.draining) return no(draining);
  const snapshot = agent.snapshots.pin();
  if (!snapshot) return no(noConfig);
  const caller = authenticate(snapshot, on, agent.nowMs());
  if (!caller.ok) return no(caller.refusal);
  if (call.area === 'thread-actors') return no(ampRunsElsewhere);
  const account = findAmpAccount(caller);
  if (!account.ok) return no(unlessSpoilt(caller, account.refusal));
  if (agent.load.requests >= agent.limits.concurrentRequests) return no(busy);
  agent.load.requests += 1;
  try {
    const reading = await readBody(agent, on);
    if (reading.ok) {
      await forwardAmp(agent, on, call, { caller, account, body: reading.body });
      releaseBody(agent, reading.body);
    } else if (reading.refusal) no(reading.refusal);
  } finally {
    agent.load.requests -= 1;
  }
}

interface Forwarded {
  readonly caller: Caller;
  readonly account: AmpAccount;
  readonly body: Buffer;
}

async function forwardAmp(agent: Agent, on: AmpRequest, call: AmpCall, forwarded: Forwarded): Promise<void> {
  const { request, response, link, requestId } = on;
  const { caller, account, body } = forwarded;
  const { route, upstream } = account;
  const secret = upstream.secret();
  const road = await agent.upstreams.findRoad({ upstream, route, group: caller.group, userId: caller.key.userId });
  if (secret === undefined || !road) return refuseAmp(agent, on, call.area, unusable);
  const method = request.method ?? 'GET';
  const options = {
    origin: road.origin,
    path: road.basePath + call.target,
    method,
    headers: ampHeaders(request.rawHeaders, secret),
    body: body.length > 0 ? body : null,
  };
  const end = await new Promise<AmpEnd>((resolve) => {
    const relay = new AmpRelay(response, requestId, resolve);
    const late = setTimeout(() => relay.cut(timedOut()), answerWithinMs);
    response.once('close', () => clearTimeout(late));
    link.whenGone(() => relay.cut(new Error('the caller left')));
    road.dispatcher.dispatch(options, relay);
  });
  link.whenGone(undefined);
  note(agent, on, call, forwarded, end);
  if (end.error && !response.headersSent) refuseAmp(agent, on, call.area, causeOf(end.error).refusal);
}

function timedOut(): Error {
  return Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' });
}

function note(agent: Agent, on: AmpRequest, call: AmpCall, { caller, account, body }: Forwarded, end: AmpEnd): void {
  agent.metrics.ampCalled(call.area, end.httpStatus === null || end.error ? 'failed' : end.httpStatus < 400 ? 'ok' : 'refused');
  agent.ledger.note({
    kind: 'log',
    level: 'info',
    category: 'request',
    message: 'a call to the servers of Amp',
    context: {
      request: on.requestId,
      group: caller.group.id,
      key: caller.key.id,
      upstream: account.upstream.id,
      area: call.area,
      method: call.method,
      status: end.httpStatus,
      sent: body.length,
      received: end.bytes,
      ms: agent.nowMs() - on.startedAtMs,
    },
  });
}

const draining: Refusal = { code: 'node_draining', message: 'this node is being shut down; try again', retryAfterSeconds: 1 };
const noConfig: Refusal = { code: 'config_missing', message: 'this node has no config yet; try again', retryAfterSeconds: 2 };
const busy: Refusal = { code: 'node_busy', message: 'this node serves as many requests as it can', retryAfterSeconds: 1 };
const unusable: Refusal = { code: 'upstream_none', message: 'the Amp account of this group cannot be used from this node' };
const ampRunsElsewhere: Refusal = {
  code: 'endpoint_unknown',
  message:
    'this build of Amp runs its models on Amp\'s own servers and can only reach this gateway as a custom router: see "amp config model-providers add-router custom-url"',
};
