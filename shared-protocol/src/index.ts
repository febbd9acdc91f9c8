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
export { revisionOf, SetDigest, type Sha256Hex } from './digest/set-digest.ts';
export { type NodeEvent, nodeEvent } from './edge/events.ts';
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
} from './edge/group.ts';
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
export { type KeyResource, keyResource } from './edge/key.ts';
export { forwardingHeaders, type Probe, type ProbeAnswer, probe, probeAnswer } from './edge/probe.ts';
export { type ProxyResource, proxyResource } from './edge/proxy.ts';
export { type RegisterAnswer, type RegisterRequest, registerAnswer, registerRequest } from './edge/register.ts';
export { globalScope, type ResourceKind, resourceSchemas, type Upsert, upsert, upsertOrder } from './edge/resource.ts';
export {
  type AuthType,
  authType,
  type CredentialHeader,
  type ModelEntry,
  modelEntry,
  type ServiceResource,
  serviceResource,
} from './edge/service.ts';
export { type SessionAnswer, type SessionRequest, sessionAnswer, sessionRequest } from './edge/session.ts';
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
export { type SealedSecret, sealedSecret, type UpstreamResource, upstreamResource } from './edge/upstream.ts';
export { type Feature, feature, noUsageLimits, type UsageLimits, usageLimits } from './edge/usage-limits.ts';
export { bucketOf, bucketValueMs, type Histogram, histogram, mergeHistograms, quantile } from './histogram.ts';
export {
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
export {
  addCounts,
  averageMs,
  cellTokens,
  completenessOf,
  estimatedShare,
  successRatePercent,
} from './stats-figures.ts';
export { noTokens, type TokenUsage, tokenUsage, totalTokens } from './tokens.ts';
export { MIN_EDGE_VERSION, PROTOCOL_VERSION } from './version.ts';
