import { Hono } from 'hono';
import { openApp } from './app.ts';
import { carpoolSealedColumns } from './carpool/index.ts';
import { ConfigError, readEnv, toConfig, toSecrets } from './config.ts';
import { completeInstallation } from './first-run.ts';
import { fleetSealedColumns } from './fleet/index.ts';
import { type HttpServer, openHttpServer } from './http-server.ts';
import { asSystem, isDriverFault, newLogger, openHttpMetrics, rewrapSecrets, scrub } from './kernel/index.ts';
import { forbidCoreDumps } from './no-core-dumps.ts';
import { openCtx, openMasterKey, openServer } from './open-parts.ts';

const drainMs = 10_000;

export interface ControlPlane {
  readonly port: number;
  close(): Promise<void>;
}

/** Opens everything in order and serves; `close` ends it in the other order. Throws ConfigError for settings that cannot work. */
export async function startControlPlane(env?: Readonly<Record<string, string | undefined>>): Promise<ControlPlane> {
  const settings = readEnv(env);
  const [config, secrets, log, metrics] = [toConfig(settings), toSecrets(settings), newLogger(), openHttpMetrics()];
  await using opened = new AsyncDisposableStack();
  const http = opened.adopt(await openHttpServer(config.host, config.port), (server) => server.close(drainMs));
  const server = opened.adopt(await openServer(config, secrets, log), (one) => one.close());
  if (!forbidCoreDumps()) log.warn('core dumps could not be forbidden; set LimitCORE=0 in the service');
  const masterKeys = { current: await openMasterKey(config, secrets.masterKey), before: secrets.masterKeyBefore };
  const parts = opened.adopt(openCtx(server.address, masterKeys, log), (one) => one.close());
  if (masterKeys.before) await rewrapSecrets(asSystem(parts.ctx, 'rewrap'), [...carpoolSealedColumns, ...fleetSealedColumns]);
  const app = opened.adopt(await openApp({ config, metrics, ...parts }), (one) => one.close());
  await completeInstallation(parts.ctx, config, secrets);
  if (config.metricsListen) {
    const { host, port } = config.metricsListen;
    const scrape = new Hono().get('/metrics', (c) => metrics.reply(c));
    opened.adopt(await openHttpServer(host, port), (one) => one.close(0)).serve(scrape.fetch);
  }
  http.serve(app.http.fetch);
  log.info({ config: { ...config, port: http.port } }, 'the control plane is ready');
  const working = parts.startJobs(app.jobs).catch((error: unknown) => log.error({ error }, 'background work does not start'));
  const everything = opened.move();
  return { port: http.port, close: () => closeAll(http, app, working, everything) };
}

// Streams end first, or the listener would wait for them; then the listener, jobs, pool and database.
async function closeAll(http: HttpServer, app: { close(): Promise<void> }, working: Promise<void>, rest: AsyncDisposableStack) {
  const drained = http.close(drainMs);
  await app.close();
  await Promise.all([drained, working]);
  await rest.disposeAsync();
}

// After an exception that nothing expected, memory is not to be trusted; the supervisor starts the next process.
function catchFault(error: unknown): void {
  if (isDriverFault(error)) {
    newLogger().warn({ error }, 'the database driver stumbled over a connection that died');
    return;
  }
  newLogger().fatal({ error }, 'a bug ended this process; please report it');
  process.exit(1);
}

if (import.meta.main) {
  try {
    const running = await startControlPlane();
    process.on('uncaughtException', catchFault);
    const stop = (): void => void running.close().then(() => process.exit(0));
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  } catch (error) {
    if (!(error instanceof ConfigError)) newLogger().fatal({ error }, 'the control plane does not start');
    console.error(scrub(error instanceof Error ? error.message : String(error)));
    process.exit(1);
  }
}
