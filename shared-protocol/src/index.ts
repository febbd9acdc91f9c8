/**
 * What the programs say to each other: ids, money, tokens, prices, refusals, and one file per message between
 * control plane and node. Shapes and pure arithmetic only; nothing here touches a disk, a socket or a clock.
 * The console contracts, for browsers and scripts, are behind `@aicarpool/shared-protocol/console`.
 */
export {
  type Cidr,
  type DialVerdict,
  type IpAddress,
  isInside,
  isPublicAddress,
  mayDial,
  parseCidr,
  parseIpAddress,
} from './address-rules.ts';
export { type Dialect, dialect, dialects } from './dialect.ts';
export { canonicalJson, type Json } from './digest/canonical-json.ts';
export { revisionOf, revisionOfText, SetDigest, type Sha256Hex } from './digest/set-digest.ts';
export {
  type AnswerProof,
  answerText,
  type CalledWith,
  type CallMac,
  callText,
  readAnswerProof,
  readCallMac,
  writeAnswerProof,
  writeCallMac,
} from './digest/signing/call-mac.ts';
export { type ConfigAddress, configStatement } from './digest/signing/config-statement.ts';
export { type CounterWindow, counterWindow, noCounters, takeCounter } from './digest/signing/counter-window.ts';
export { type RegistrationToken, readRegistrationToken, writeRegistrationToken } from './digest/signing/registration-token.ts';
export {
  maxSkewS,
  type RequestSignature,
  readRequestSignature,
  requestSignatureBase,
  requestSignatureHeaders,
} from './digest/signing/request-signature.ts';
export { endorsementStatement, joinStatement, sessionKeyInfo, successionStatement } from './digest/signing/statements.ts';
export {
  type AuthMethod,
  authMethod,
  type Egress,
  egress,
  type GroupResource,
  type GroupRouting,
  type GroupService,
  groupResource,
  groupRouting,
  groupService,
  type HealthRules,
  healthRules,
  type ModelAlias,
  modelAlias,
  type RoutingStrategy,
  routingStrategy,
} from './edge/config/group.ts';
export { type KeyResource, keyResource } from './edge/config/key.ts';
export { type ProxyResource, proxyResource } from './edge/config/proxy.ts';
export {
  type QuotaMode,
  type QuotaResource,
  type QuotaUnit,
  type QuotaWindow,
  quotaMode,
  quotaResource,
  quotaUnit,
  quotaWindow,
} from './edge/config/quota.ts';
export { type CountingQuota, type QuotaCaller, quotasFor } from './edge/config/quotas-for.ts';
export { globalScope, type ResourceKind, resourceSchemas, type Upsert, upsert, upsertOrder } from './edge/config/resource.ts';
export {
  type AuthType,
  authType,
  type CredentialHeader,
  type ModelEntry,
  modelEntry,
  type ServiceResource,
  serviceResource,
} from './edge/config/service.ts';
export { type SealedSecret, sealedSecret, type UpstreamResource, upstreamResource } from './edge/config/upstream.ts';
export { type Feature, feature, noUsageLimits, type UsageLimits, usageLimits } from './edge/config/usage-limits.ts';
export { type NodeEvent, nodeEvent } from './edge/events.ts';
export {
  type AccountHealth,
  accountHealth,
  type HeartbeatAnswer,
  type HeartbeatRequest,
  heartbeatAnswer,
  heartbeatRequest,
  type ProxyHealth,
  proxyHealth,
} from './edge/heartbeat.ts';
export {
  type CenterSignature,
  type ChallengeAnswer,
  type ChallengeRequest,
  centerSignature,
  challengeAnswer,
  challengeRequest,
  keyId,
  publicKey,
  type SigningKey,
  type SuccessionAnswer,
  type SuccessionRequest,
  signingKey,
  signingKeys,
  successionAnswer,
  successionRequest,
} from './edge/identity.ts';
export { forwardingHeaders, type Probe, type ProbeAnswer, probe, probeAnswer } from './edge/probe.ts';
export { type RegisterAnswer, type RegisterRequest, registerAnswer, registerRequest } from './edge/register.ts';
export {
  type RenewAnswer,
  type RenewRequest,
  renewAnswer,
  renewRequest,
  type SessionAnswer,
  type SessionKey,
  type SessionRequest,
  sessionAnswer,
  sessionKey,
  sessionRequest,
} from './edge/session.ts';
export {
  type OpenedWindow,
  openedWindow,
  type RangeProof,
  rangeProof,
  type SettleAnswer,
  type SettleBatch,
  type SettleRequest,
  type ShareLease,
  type ShareWish,
  type SliceGrant,
  type SliceReport,
  settleAnswer,
  settleBatch,
  settleRequest,
  shareLease,
  shareWish,
  sliceGrant,
  sliceReport,
  type WindowWish,
  windowWish,
} from './edge/settle.ts';
export {
  type Signal,
  type SignalKind,
  type SignalsAnswer,
  type SignalsRequest,
  signal,
  signalKind,
  signalsAnswer,
  signalsRequest,
} from './edge/signals.ts';
export {
  type StatsAnswer,
  type StatsCell,
  type StatsDimension,
  type StatsQuestion,
  statsAnswer,
  statsCell,
  statsDimension,
  statsQuestion,
} from './edge/stats-query.ts';
export {
  type ConfigSeal,
  configSeal,
  type Reject,
  reject,
  type ScopeChange,
  type SealedDataKey,
  type SyncAnswer,
  type SyncRequest,
  scopeChange,
  syncAnswer,
  syncRequest,
} from './edge/sync.ts';
export { answerWindow, type Shortage, shortageMs, type WindowAnswer, type WindowTerms } from './escrow/center-answer.ts';
export {
  type CenterPair,
  type CenterSlice,
  type CenterWindow,
  changeLimit,
  closeSlice,
  emptyCenterSlice,
  freeIn,
  type GrantTerms,
  grant,
  type HeardSlice,
  newCenterWindow,
  outstandingOf,
  stillNeeded,
  takeReport,
  type Wish,
} from './escrow/center-window.ts';
export {
  type CloseTerms,
  closingMarginMs,
  isPresumedSpent,
  maxRequestMs,
  mayClose,
  unreportedAtMost,
} from './escrow/close-rules.ts';
export { type Demand, expected, newDemand, targetOf, used, wanted } from './escrow/demand.ts';
export { beginLearning, isLearning, isOfThePast, type Learning, learnedFrom, learnFor, reserveOf } from './escrow/learning.ts';
export { ask, type LedgerState } from './escrow/node-ask.ts';
export {
  type BookNews,
  type BookQuestion,
  type BookTask,
  type Contact,
  type Hold,
  type HoldRefusal,
  isStale,
  type KeptGrant,
  type Moment,
  type NodeBook,
  type OpenedBook,
  openBook,
  type StoredRights,
  type Want,
} from './escrow/node-book.ts';
export { extend, type HoldOutcome, type HoldRequest, hold, settleHold } from './escrow/node-hold.ts';
export { nextTickAtMs, takeNews } from './escrow/node-news.ts';
export { available, emptySlice, giveBack, holdAll, type NodeSlice, settle, takeGrant, unspent } from './escrow/node-slice.ts';
export { type Holder, whomToRecall } from './escrow/recall.ts';
export {
  fairShares,
  leaseMs,
  refreshMs,
  type SharedLimit,
  type ShareHolder,
  type ShareQuestion,
  safeShare,
  shareOut,
} from './escrow/share-out.ts';
export {
  acceptBatch,
  type BatchRange,
  type BatchVerdict,
  type BookClaim,
  type BookStream,
  beginSession,
  isOlderThanSettled,
  newStream,
} from './escrow/stream.ts';
export { bucketOf, bucketValueMs, type Histogram, histogram, mergeHistograms, quantile } from './figures/histogram.ts';
export { type SettledTotal, settledTotal, type TotalCount, totalCountNames, zeroCounts } from './figures/settled-total.ts';
export {
  addCounts,
  averageMs,
  cellTokens,
  completenessOf,
  estimatedShare,
  successRatePercent,
} from './figures/stats-figures.ts';
export {
  type AlertId,
  type AuditId,
  type GroupId,
  type Id,
  type IdKind,
  idSchema,
  type KeyId,
  type MembershipId,
  type NodeId,
  newId,
  type ProbeId,
  type ProxyId,
  type QueryId,
  type QuestionId,
  type QuotaChangeId,
  type QuotaId,
  type RegistrationId,
  type RequestId,
  type SessionId,
  type UpstreamId,
  type UserId,
} from './ids.ts';
export { addNanoUsd, type NanoUsd, nanoUsd, nanoUsdToUsd, usdToNanoUsd } from './money.ts';
export { costNanoUsd, type Price, price } from './price.ts';
export { type Problem, problem } from './problem.ts';
export { type Refusal, type RefusalCode, refusals } from './refusal.ts';
export { noTokens, type TokenUsage, tokenUsage, totalTokens } from './tokens.ts';
export { MIN_EDGE_VERSION, PROTOCOL_VERSION } from './version.ts';
