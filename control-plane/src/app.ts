import { fileURLToPath } from 'node:url';
import { contract } from '@aicarpool/shared-protocol/console';
import { type Context, Hono } from 'hono';
import { setCookie } from 'hono/cookie';
import {
  carpoolRouterOver,
  dataKeysOf,
  forgetAlertsJob,
  forgetEventsJob,
  forgetProxyUseJob,
  knownSubjects,
  listPlaceableGroups,
  onQuotaCrossed,
  openAddressPolicy,
  readConfigTimes,
  readFactAt,
  readQuotas,
  readResources,
  readScope,
  refreshJobs,
  watchExpiryJob,
} from './carpool/index.ts';
import type { Config } from './config.ts';
import {
  edgeApi,
  fleetRouterOver,
  readDaysOfUse,
  readHealth,
  readProgress,
  readQuotaState,
  readUnpriced,
  settlementJobsOver,
  startFleet,
  tryProxy,
} from './fleet/index.ts';
import {
  authenticateRequest,
  type IdentityHttp,
  identityJobs,
  identityRouter,
  isForeignPage,
  sessionCookie,
  sessionLifetimeS,
} from './identity/index.ts';
import { openInsight } from './insight/index.ts';
import {
  assertDatabase,
  type Ctx,
  consoleApi,
  type Database,
  describeApi,
  docsPage,
  echoApi,
  type HttpEnv,
  type HttpMetrics,
  isLocalCaller,
  type Job,
  kernelJobs,
  limitBody,
  NotFound,
  peerAddress,
  replyError,
  requestContext,
  securityHeaders,
  staticFiles,
} from './kernel/index.ts';

const dashboard = fileURLToPath(new URL('../../dashboard/dist', import.meta.url));
/** What people who did not sign in may call. */
const openCalls = new Set(['identity.login']);
const mebibyte = 1024 * 1024;
const carpoolJobs = [forgetAlertsJob, forgetEventsJob, forgetProxyUseJob, watchExpiryJob];

export interface AppParts {
  readonly config: Config;
  /** The system's own context; requests get theirs from it. */
  readonly ctx: Ctx;
  readonly database: Database;
  readonly metrics: HttpMetrics;
}

export interface App {
  readonly http: Hono<HttpEnv>;
  readonly jobs: readonly Job[];
  /** Ends streams and watches. */
  close(): Promise<void>;
}

/** Where the domains meet: routes, jobs and the ports that one domain fills for another. */
export async function openApp({ config, ctx, database, metrics }: AppParts): Promise<App> {
  const facts = { listPlaceableGroups, readScope, readResources, readFactAt, dataKeysOf };
  const quotas = { readQuotas, knownSubjects, readConfigTimes, onQuotaCrossed };
  const fleet = await startFleet(ctx, { database, publicUrl: config.publicUrl, facts, quotas });
  const insight = openInsight(fleet);
  const policy = openAddressPolicy(config.privateUpstreams);
  const router = {
    identity: identityRouter,
    carpool: carpoolRouterOver(policy, {
      readHealth: (askCtx, groupId, upstreamIds) => readHealth(askCtx, facts, groupId, upstreamIds),
      readProgress: (askCtx, groupId, version) => readProgress(askCtx, facts, groupId, version),
      tryProxy: (askCtx, groupId, proxyId) => tryProxy(fleet, askCtx, groupId, proxyId),
      readQuotaState,
      readDaysOfUse,
      readUnpriced,
    }),
    fleet: fleetRouterOver(fleet),
    insight: insight.router,
    statements: insight.statements,
    providerExports: insight.providerExports,
    ledgerAudit: insight.ledgerAudit,
  };

  const http = new Hono<HttpEnv>();
  http.onError(replyError);
  http.notFound((c) => replyError(nothingHere(), c));
  http.use(metrics.count, securityHeaders(config.publicUrl), requestContext(ctx, peerAddress));
  mountProbes(http, config, metrics);
  mountDocs(http);
  http.route('/api/v1/edge-nodes', edgeApi(fleet));
  http.route('/api/v1/echo', echoApi());
  http.use('/api/*', limitBody(mebibyte), authenticateRequest(config.publicUrl));
  http.use(
    '/api/v1/*',
    consoleApi(router, '/api/v1', (c) => ({ ctx: c.var.ctx, ...sessionHttp(c, config) }), openCalls),
  );
  const pages = staticFiles(dashboard);
  if (pages) http.route('/', pages);
  return {
    http,
    jobs: [...kernelJobs, ...identityJobs, ...carpoolJobs, ...refreshJobs(policy), ...ledgerJobs(metrics), ...insight.jobs],
    close: () => fleet.close(),
  };
}

/** The check of the books, with a gauge that says what it found. */
function ledgerJobs(metrics: HttpMetrics): readonly Job[] {
  const health = { violations: 0 };
  const help = 'contradictions in the books, at the newest check of this replica';
  metrics.gauge('ledger_violations', help, () => health.violations);
  return settlementJobsOver(health);
}

function mountProbes(http: Hono<HttpEnv>, config: Config, metrics: HttpMetrics): void {
  http.get('/healthz', (c) => c.json({ status: 'alive' }));
  http.get('/readyz', async (c) => {
    await assertDatabase(c.var.ctx.db);
    return c.json({ status: 'ready' });
  });
  http.get('/metrics', async (c) => {
    if (config.metricsListen || !isLocalCaller(c)) throw nothingHere();
    return await metrics.reply(c);
  });
}

function mountDocs(http: Hono<HttpEnv>): void {
  let described: ReturnType<typeof describeApi> | undefined;
  const describe = () => {
    described ??= describeApi(contract);
    return described;
  };
  http.get('/api/v1/openapi.json', async (c) => c.json(await describe()));
  http.get('/api/docs', async (c) => c.html(docsPage(await describe())));
}

function sessionHttp(c: Context<HttpEnv>, { publicUrl }: Config): Omit<IdentityHttp, 'ctx'> {
  return {
    userAgent: c.req.header('user-agent') ?? null,
    setSession(token) {
      if (token !== null && isForeignPage(c.req.raw.headers, publicUrl)) return;
      setCookie(c, sessionCookie, token ?? '', {
        path: '/',
        httpOnly: true,
        sameSite: 'Lax',
        secure: publicUrl.startsWith('https:'),
        maxAge: token === null ? 0 : sessionLifetimeS,
      });
    },
  };
}

function nothingHere(): NotFound {
  return new NotFound('not_found', 'there is nothing here');
}
