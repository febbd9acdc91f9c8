/**
 * Kernel: words without product meaning. A verb gets a `Ctx`, asks `allow`, works in `inTransaction`, writes `audit`
 * beside its rows and throws a `CarpoolError` when it says no. Config tables note their changes through triggers, so
 * `currentHead` and `changesSince` see every committed change once and in order.
 */
export { allow, isAllowed } from './allow.ts';
export { type AuditEntry, audit } from './audit.ts';
export {
  type Change,
  changesSince,
  currentHead,
  type Head,
  type Listening,
  listenForChanges,
  logStartsAfter,
  pruneChangeLog,
} from './change-log.ts';
export {
  type ConfigState,
  configAt,
  configNow,
  configStateAt,
  configValues,
  configVersionOf,
  lastChangeOf,
  listVersions,
  oldestVersion,
  pruneConfigHistory,
  type VersionNote,
} from './config-history.ts';
export { type Actor, asSystem, type Clock, type Ctx, type Role, roles, systemClock } from './context.ts';
export {
  assertDatabase,
  type Database,
  type Db,
  inTransaction,
  openDatabase,
  type ServerAddress,
  sqlStateOf,
  type Tx,
} from './db.ts';
export {
  CarpoolError,
  Conflict,
  Forbidden,
  Invalid,
  LimitReached,
  NotFound,
  Precondition,
  Unauthenticated,
  Unavailable,
} from './errors.ts';
export { describeApi } from './http/api-docs.ts';
export { consoleApi } from './http/console-api.ts';
export { docsPage } from './http/docs-page.ts';
export { echoApi } from './http/echo.ts';
export { securityHeaders } from './http/harden.ts';
export { limitBody } from './http/limit-body.ts';
export { type HttpMetrics, openHttpMetrics } from './http/metrics.ts';
export { isLocalCaller, peerAddress } from './http/peer.ts';
export { isDatabaseAway, type ProblemReply, problemOf } from './http/problem-of.ts';
export { issuesOf, readJson } from './http/read-json.ts';
export { offsetOf, ok, type Page, paginationOf } from './http/reply.ts';
export { type CtxParts, type HttpEnv, replyError, requestContext } from './http/request-context.ts';
export { staticFiles } from './http/static-files.ts';
export { defineJob, type EnqueueOptions, type Job, type Jobs } from './jobs/jobs.ts';
export { kernelJobs } from './jobs/kernel-jobs.ts';
export { type JobRunner, type RunJobsOptions, runJobs } from './jobs/run-jobs.ts';
export { type Logger, type LogLevel, newLogger, redact } from './log/log.ts';
export { scrub } from './log/redact.ts';
export { type Holder, type Permission, permissions } from './permissions.ts';
export { isDriverFault } from './postgres/driver-fault.ts';
export { type EmbeddedPostgres, startEmbeddedPostgres } from './postgres/embedded-postgres.ts';
export { migrate } from './postgres/migrate.ts';
export { rewrapSecrets, type SealedColumn } from './secrets/rewrap-secrets.ts';
export { type Keyring, openKeyring } from './secrets/seal.ts';
