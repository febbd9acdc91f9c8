import { costNanoUsd, type ModelEntry, noTokens, type TokenUsage } from '@aicarpool/shared-protocol';
import type { MeterReading } from '../dialects/index.ts';
import type { AttemptStatus, FinalRow, Intent } from '../ledger/ledger.ts';
import { chunkTokens } from '../limits/quota/estimate/soft.ts';
import type { Attempt, Candidate } from './exchange.ts';

/** Output that is assumed where the caller set no limit, for an attempt of which nothing else is known. */
const assumedOutputTokens = 1_000;
const assumedContextTokens = 200_000;
/** A tenth of a second at 80 tokens a second: what is on its way at the least. */
const unheardTokens = 8;
/** How long it takes until a provider notices that its caller is gone. */
const unheardMs = 250;
/** Nobody writes faster than a token a millisecond; while nothing comes, models think at 80 tokens a second. */
const fastest = 1;
const thinking = 0.08;

/** What is written before the upstream sees a byte; its estimate is booked should the node die meanwhile. */
export function intentOf(attempt: Attempt): Intent {
  const { call, candidate, facts, body } = attempt;
  const model = candidate.service.findModel(candidate.model);
  const generates = call.endpoint.operation === 'generate';
  const { holds } = attempt.quota;
  const estimate = {
    input: call.endpoint.operation === 'count_tokens' ? 0 : estimateInput(body.length, model),
    output: generates ? Math.min(facts.maxOutputTokens ?? assumedOutputTokens, assumedOutputTokens) : 0,
  };
  return {
    ...factsOf(attempt),
    estimate,
    estimateCostNanoUsd: expectedCost(model, estimate),
    priced: Boolean(model?.price),
    priceVersion: model?.price ? model.price_version : null,
    ...(holds ? { holds } : {}),
  };
}

/** The same once so much output has come: should the node die now, no less is booked, of the row and of its budgets. */
export function grownIntent({ candidate, quota }: Attempt, intent: Intent, outputTokens: number): Intent {
  const estimate = { ...intent.estimate, output: Math.ceil(outputTokens / chunkTokens) * chunkTokens };
  const { holds } = quota;
  const estimateCostNanoUsd = expectedCost(candidate.service.findModel(candidate.model), estimate);
  return { ...intent, estimate, estimateCostNanoUsd, ...(holds ? { holds } : {}) };
}

function expectedCost(model: ModelEntry | undefined, estimate: Intent['estimate']): number {
  return model?.price ? costNanoUsd({ ...noTokens, ...estimate }, model.price) : 0;
}

function factsOf({ call, caller, candidate, facts, body, number, startedAtMs }: Attempt) {
  return {
    requestId: call.requestId,
    attempt: number,
    startedAtMs,
    groupId: caller.group.id,
    keyId: caller.key.id,
    userId: caller.key.userId,
    service: candidate.service.id,
    upstreamId: candidate.upstream.id,
    dialect: call.dialect.dialect,
    operation: call.endpoint.operation,
    model: facts.model,
    stream: facts.stream,
    requestBytes: body.length,
  };
}

/** Four bytes of JSON a token, rounded up, but no more than the model can read: pictures in base64 would be far too dear. */
function estimateInput(bodyBytes: number, model: ModelEntry | undefined): number {
  return Math.min(Math.ceil(bodyBytes / 4), model?.context_length ?? assumedContextTokens);
}

export interface Ending {
  readonly status: AttemptStatus;
  readonly httpStatus: number | null;
  readonly final: boolean;
  readonly endedAtMs: number;
  readonly firstByteAtMs: number | null;
  readonly responseBytes: number;
  readonly errorType: string | null;
  readonly upstreamRequestId: string | null;
  readonly reading: MeterReading | null;
  /** The upstream may have begun to work; without a reading the input is then booked by estimate. */
  readonly reachedUpstream: boolean;
}

/** The row for the books. Durations of a final row count from the arrival of the request, of any other from its attempt. */
export function rowOf(attempt: Attempt, intent: Intent, ending: Ending): FinalRow {
  const { reading } = ending;
  const charged = withUnheard(attempt, intent, ending, chargedUsage(intent, ending));
  const cost = costOf(attempt.candidate, reading, charged.usage);
  const used = { usage: charged.usage, costNanoUsd: cost.nanoUsd, estimated: charged.estimated };
  const charges = attempt.quota.charges(used);
  const sinceMs = ending.final ? attempt.call.startedAtMs : attempt.startedAtMs;
  return {
    ...factsOf(attempt),
    endedAtMs: ending.endedAtMs,
    status: ending.status,
    httpStatus: ending.httpStatus,
    final: ending.final,
    usage: charged.usage,
    estimated: charged.estimated,
    costNanoUsd: cost.nanoUsd,
    priced: cost.priced,
    priceVersion: cost.priceVersion,
    servedModel: reading && (reading.servedModel ?? askedByAnotherName(attempt)),
    firstByteMs: ending.firstByteAtMs === null ? null : Math.max(0, ending.firstByteAtMs - sinceMs),
    durationMs: Math.max(0, ending.endedAtMs - sinceMs),
    responseBytes: ending.responseBytes,
    errorType: ending.errorType,
    upstreamRequestId: ending.upstreamRequestId,
    ...(charges ? { charges } : {}),
  };
}

/** What an answer that names no model must have come from. */
function askedByAnotherName({ candidate, facts }: Attempt): string | null {
  return candidate.model === facts.model ? null : candidate.model;
}

interface Charged {
  readonly usage: TokenUsage;
  readonly estimated: boolean;
}

/**
 * Where a caller leaves, the provider goes on until it notices: some of what it charges was on its way here and never
 * seen. Never more than the caller had allowed.
 */
function withUnheard(attempt: Attempt, intent: Intent, ending: Ending, charged: Charged): Charged {
  const { call, facts, candidate } = attempt;
  if (ending.status !== 'client_gone' || !charged.estimated || call.endpoint.operation !== 'generate') return charged;
  const { usage } = charged;
  const guess =
    candidate.service.onClientGone === 'drain' ? intent.estimate.output : unseenOutput(attempt, intent, ending, usage);
  const most = Math.max(usage.output, facts.maxOutputTokens ?? Number.POSITIVE_INFINITY);
  return { usage: { ...usage, output: Math.min(most, Math.max(guess, usage.output + unheardTokens)) }, estimated: true };
}

/** A stream goes on at the pace that was seen; of what comes in one piece, all may have been written already. */
function unseenOutput({ facts, startedAtMs }: Attempt, { estimate }: Intent, ending: Ending, { output }: TokenUsage): number {
  const workedMs = Math.max(0, ending.endedAtMs - startedAtMs);
  if (!facts.stream) return Math.min(estimate.output, Math.ceil(workedMs * fastest) + unheardTokens);
  if (output === 0) return Math.min(estimate.output, Math.ceil(workedMs * thinking) + unheardTokens);
  const writingMs = Math.max(1, ending.endedAtMs - (ending.firstByteAtMs ?? startedAtMs));
  return output + Math.ceil(unheardMs * Math.min(fastest, output / writingMs)) + unheardTokens;
}

function chargedUsage(intent: Intent, { reading, status, httpStatus, reachedUpstream }: Ending): Charged {
  const refusedThere = httpStatus !== null && httpStatus >= 300;
  if (reading && (!refusedThere || reading.inputReported) && httpStatus !== gatewayTimeout) {
    const input = reading.estimated && !reading.inputReported ? intent.estimate.input : reading.usage.input;
    return { usage: { ...reading.usage, input }, estimated: reading.estimated };
  }
  if (!reachedUpstream || (refusedThere && httpStatus !== gatewayTimeout)) return { usage: noTokens, estimated: false };
  // Nobody knows what came of it: until somebody does, it cost what it was expected to.
  const { input, output } = intent.estimate;
  return { usage: { ...noTokens, input, output: status === 'client_gone' || httpStatus === 200 ? 0 : output }, estimated: true };
}

/** Whoever says 504 stands between us and the model, which may have answered all the same. */
const gatewayTimeout = 504;

/** The model that served is what the provider charges; where it is not listed, the one that the account was asked for. */
function costOf({ service, model: asked }: Candidate, reading: MeterReading | null, usage: TokenUsage) {
  const served = reading?.servedModel ? service.findModel(reading.servedModel) : undefined;
  const model = served ?? service.findModel(asked);
  const parts = reading?.billed ?? [{ model: null, usage }];
  let nanoUsd = 0;
  let priced = true;
  for (const part of parts) {
    const entry = part.model === null ? model : service.findModel(part.model);
    if (entry?.price) nanoUsd += costNanoUsd(part.usage, entry.price);
    else priced = false;
  }
  return { nanoUsd: priced ? nanoUsd : 0, priced, priceVersion: versionOf(model) };
}

function versionOf(model: ModelEntry | undefined): string | null {
  return model?.price ? model.price_version : null;
}
