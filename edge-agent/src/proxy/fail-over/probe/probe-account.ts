import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { newId, type Probe, type ProbeAnswer } from '@aicarpool/shared-protocol';
import { dialectModules, RequestHints } from '../../../dialects/index.ts';
import { judge } from '../../../health/health.ts';
import { noQuota } from '../../../limits/quota/quotas.ts';
import type { GroupEntry, KeyEntry, ServiceRoute, UpstreamEntry } from '../../../snapshot/snapshot.ts';
import { adapt } from '../../adapt.ts';
import type { Agent } from '../../agent.ts';
import type { Attempt } from '../../exchange.ts';
import { ClientLink } from '../../intake/client-link.ts';
import { Load } from '../../intake/load.ts';
import { intentOf, rowOf } from '../../record.ts';
import { causeOf } from '../../relay/failure.ts';
import { withoutSecret } from '../hide-secret.ts';
import { type Answer, ask } from './ask.ts';
import { readAnswerText } from './read-answer-text.ts';
import { cheapestModels, dialectFor, smallRequest } from './small-request.ts';

type AccountProbe = Extract<Probe, { kind: 'account' }>;
type Result = ProbeAnswer['result'];

/** Listed models that a provider took out of service meanwhile. */
const modelsTried = 3;
/** Stands in the books where a key of a member stands otherwise. */
const probeKey = 'probe';

/**
 * One small completion through an account, as a request of the group would leave, and booked like one. Whether the
 * account rests is not asked: that may be what somebody wants to know.
 */
export async function probeAccount(agent: Agent, probe: AccountProbe): Promise<Result> {
  const untilMs = performance.now() + probe.deadline_ms;
  const group = agent.snapshots.pin()?.findGroup(probe.group_id);
  const route = group?.services.find(({ service }) => service.id === probe.service);
  if (!group || !route)
    return failed('service_unknown', 'this node does not serve the group, or the group does not use the service');
  const upstream = chooseAccount(agent, group, route, probe.upstream_id);
  if (!upstream) return failed('account_unknown', 'the service has no account that could be asked: add one, or wake one');
  const models = probe.model === null ? cheapestModels(route, modelsTried) : [route.aliasOf(probe.model) ?? probe.model];
  let result = failed('model_unknown', 'the service lists no model that could be asked; name one');
  for (const model of models) {
    result = await probeModel(agent, { group, route, upstream, model, message: probe.message }, untilMs);
    if (result.ok || result.http_status !== 404) break;
  }
  return result;
}

/** The one that is named; else the first shared one that does not rest, or the first at all. */
function chooseAccount(
  agent: Agent,
  group: GroupEntry,
  route: ServiceRoute,
  upstreamId: string | null,
): UpstreamEntry | undefined {
  if (upstreamId !== null) return route.upstreams.find(({ id }) => id === upstreamId);
  const shared = route.upstreams.filter(({ ownerId }) => ownerId === null);
  const targets = shared.map((upstream) => ({ service: route.service, upstream, route, model: '' }));
  return agent.health.sift(targets, group, agent.nowMs()).ready[0]?.upstream ?? shared[0];
}

interface Question {
  readonly group: GroupEntry;
  readonly route: ServiceRoute;
  readonly upstream: UpstreamEntry;
  readonly model: string;
  readonly message: string;
}

async function probeModel(agent: Agent, question: Question, untilMs: number): Promise<Result> {
  const attempt = attemptOf(agent, question);
  if (!attempt) return failed('service_not_offered', 'the service speaks no dialect that can be asked');
  const adapted = await adapt(agent, attempt);
  if (!adapted.ok) {
    attempt.visit.ended({ kind: 'neutral' }, agent.nowMs());
    return failed(
      'account_unusable',
      adapted.refusal?.message ?? 'this node cannot use the account: its credential or address cannot be read',
    );
  }
  const intent = intentOf(attempt);
  try {
    await agent.ledger.intend(intent);
  } catch {
    attempt.visit.ended({ kind: 'neutral' }, agent.nowMs());
    return failed('books_closed', 'the books of this node took no entry, so nothing was sent');
  }
  const answer = await ask(adapted.request, attempt, { untilMs, nowMs: agent.nowMs });
  const endedAtMs = agent.nowMs();
  const reading = answer.ok ? answer.reading : null;
  const isGood = answer.ok && answer.httpStatus < 300 && reading?.complete === true;
  const cause = answer.ok ? undefined : causeOf(answer.error);
  attempt.visit.ended(answer.ok ? judge(answer.said, endedAtMs) : (cause?.verdict ?? { kind: 'neutral' }), endedAtMs);
  await agent.ledger.settle(
    rowOf(attempt, intent, {
      status: isGood ? 'ok' : (cause?.status ?? 'upstream_error'),
      httpStatus: answer.ok ? answer.httpStatus : null,
      final: true,
      endedAtMs,
      firstByteAtMs: answer.ok ? answer.firstByteAtMs : null,
      responseBytes: answer.ok ? answer.body.byteLength : 0,
      errorType: isGood ? null : (reading?.error?.type ?? cause?.errorType ?? (answer.ok ? `http_${answer.httpStatus}` : null)),
      upstreamRequestId: null,
      reading: reading && answer.ok && answer.httpStatus < 300 ? reading : null,
      reachedUpstream: answer.ok || answer.sent,
    }),
  );
  return answer.ok
    ? resultOf(attempt, answer, endedAtMs, isGood)
    : failed(cause?.errorType ?? 'failed', sayCause(cause?.errorType), null, endedAtMs - attempt.startedAtMs);
}

function attemptOf(agent: Agent, { group, route, upstream, model, message }: Question): Attempt | undefined {
  const { service } = route;
  const dialect = dialectFor(service, model);
  if (dialect === undefined) return undefined;
  const { endpoint, body } = smallRequest(dialect, model, message);
  const module = dialectModules[dialect];
  const request = new IncomingMessage(new Socket());
  request.method = 'POST';
  request.rawHeaders = ['user-agent', 'aicarpool-probe'];
  const response = new ServerResponse(request);
  const startedAtMs = agent.nowMs();
  const candidate = { service, upstream, route, model, dialect, translation: null, substituted: false };
  const target = { service, upstream, route, model };
  const reading = module.readRequest(endpoint, body);
  if (!reading.ok) return undefined;
  // Counted by a load of its own: nobody waits for it at the door.
  const link = new ClientLink(response, new Load());
  return {
    call: { requestId: newId('request'), startedAtMs, request, response, endpoint, dialect: module, link, awaitsContinue: false },
    caller: { key: keyFor(group, upstream), group },
    candidate,
    body,
    facts: reading.facts,
    hints: new RequestHints(dialect, body),
    booked: { tokens: 0 },
    number: 1,
    startedAtMs,
    visit: agent.health.visit(target, group, startedAtMs),
    quota: noQuota,
    freshSocket: true,
  };
}

function keyFor(group: GroupEntry, upstream: UpstreamEntry): KeyEntry {
  return {
    id: probeKey,
    userId: upstream.ownerId ?? probeKey,
    groupId: group.id,
    active: true,
    expiresAtMs: null,
    restrictedModels: null,
    allowsAddress: null,
    rateLimit: null,
    tokenLimit: null,
    deniesModel: () => false,
    deniedFeatures: new Set(),
    tokensPerMinute: null,
    concurrency: null,
  };
}

function resultOf(attempt: Attempt, answer: Extract<Answer, { ok: true }>, endedAtMs: number, isGood: boolean): Result {
  const { candidate } = attempt;
  const { reading, httpStatus, body } = answer;
  const tookMs = endedAtMs - attempt.startedAtMs;
  if (!isGood) {
    const said =
      reading.error?.message ?? (httpStatus < 300 ? 'the provider gave no whole answer' : `the provider answered ${httpStatus}`);
    return failed(reading.error?.type ?? `http_${httpStatus}`, hideOwn(said, candidate.upstream), httpStatus, tookMs);
  }
  return {
    ok: true,
    upstream_id: candidate.upstream.id,
    response_time_ms: tookMs,
    text: readAnswerText(candidate.dialect, body)?.slice(0, 4_000) ?? null,
    model: (reading.servedModel ?? candidate.model).slice(0, 200),
    input_tokens: reading.usage.input + reading.usage.cacheRead + reading.usage.cacheWrite5m + reading.usage.cacheWrite1h,
    output_tokens: reading.usage.output,
    exit_address: null,
    forwarding_headers: null,
  };
}

// Some providers repeat the key that they refuse.
function hideOwn(text: string, upstream: UpstreamEntry): string {
  const secret = upstream.secret();
  return secret ? withoutSecret(text, secret) : text;
}

function sayCause(errorType: string | undefined): string {
  return `the account could not be reached from this node (${errorType ?? 'unknown'})`;
}

function failed(code: string, message: string, httpStatus: number | null = null, tookMs: number | null = null): Result {
  return {
    ok: false,
    code: code.slice(0, 100),
    message: message.slice(0, 500),
    http_status: httpStatus,
    response_time_ms: tookMs,
  };
}
