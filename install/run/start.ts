import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError, readEnv, toConfig } from '../../control-plane/src/config.ts';
import { banner } from './banner.ts';
import { buildDashboard } from './build-dashboard.ts';
import { enrolCentralNode } from './enrol-central-node.ts';
import { takeFirstRun } from './first-run.ts';
import { LogFile } from './log-file.ts';
import { Part, PartFailed } from './part.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const controlPlane = resolve(root, 'control-plane/src/main.ts');
const edgeAgent = resolve(root, 'edge-agent/src/main.ts');
const watch = process.argv.includes('--watch');
const startDeadlineMs = 120_000;

/** `npm start`: the whole product on this machine, watched over until Ctrl-C. */
async function start(): Promise<void> {
  const config = toConfig(readEnv());
  const dataDir = resolve(config.dataDir);
  const nodeDir = resolve(dataDir, 'central-node');
  const env = { ...process.env, CARPOOL_DATA_DIR: dataDir };
  const reachable = ['0.0.0.0', '::'].includes(config.host) ? '127.0.0.1' : config.host;
  const consoleUrl = `http://${reachable}:${config.port}`;
  const nodeUrl = `http://${reachable}:${config.centralNodePort}`;
  const part = (name: string, args: string[], url: string) =>
    new Part({
      name,
      args,
      cwd: root,
      env,
      watch,
      readyUrl: `${url}/readyz`,
      log: new LogFile(resolve(dataDir, `logs/${name}.log`)),
    });

  const center = part('control-plane', [controlPlane], consoleUrl);
  const node = part(
    'central-node',
    [
      edgeAgent,
      'run',
      '--data-dir',
      nodeDir,
      '--listen',
      `${config.host}:${config.centralNodePort}`,
      '--control-plane',
      consoleUrl,
    ],
    nodeUrl,
  );
  const stop = stopOnce([node, center]);
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);

  try {
    await buildDashboard(root);
    await center.start(startDeadlineMs);
    await enrolCentralNode(edgeAgent, nodeDir, consoleUrl, env);
    await node.start(startDeadlineMs);
  } catch (error) {
    await Promise.all([node.stop(), center.stop()]);
    throw error;
  }
  const first = takeFirstRun(dataDir);
  console.log(
    banner({
      consoleUrl: config.publicUrl.includes('localhost') ? consoleUrl : config.publicUrl,
      nodeUrl,
      adminEmail: first?.admin_email ?? config.adminEmail,
      adminPassword: first?.admin_password,
      demoKey: first?.demo_key,
      hasDashboard: existsSync(resolve(root, 'dashboard/dist/index.html')),
      dataDir,
    }),
  );
}

/** First the node finishes its streams and books, then the control plane leaves; a second signal waits for nothing. */
function stopOnce(parts: readonly Part[]): () => void {
  let asked = false;
  return () => {
    if (asked) {
      for (const part of parts) part.kill();
      process.exit(1);
    }
    asked = true;
    console.log('Stopping: requests in flight finish first.');
    void (async () => {
      for (const part of parts) await part.stop();
      process.exit(0);
    })();
  };
}

try {
  await start();
} catch (error) {
  const expected = error instanceof PartFailed || error instanceof ConfigError;
  console.error(expected ? error.message : error);
  process.exit(1);
}
