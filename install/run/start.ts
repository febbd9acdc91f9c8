import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError, readEnv, toConfig } from '../../control-plane/src/config.ts';
import { assertFreePort } from './assert-free-port.ts';
import { banner } from './banner.ts';
import { buildDashboard } from './build-dashboard.ts';
import { enrolCentralNode } from './enrol-central-node.ts';
import { takeFirstRun } from './first-run.ts';
import { LogFile } from './log-file.ts';
import { Part } from './part.ts';
import { placesOf } from './places.ts';
import { sentenceOf } from './sentence-of.ts';
import { stopOnce } from './stop-once.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const controlPlane = resolve(root, 'control-plane/src/main.ts');
const edgeAgent = resolve(root, 'edge-agent/src/main.ts');
/** As in `npm run edge`: a small young generation keeps thousands of open streams within their memory. */
const edgeFlags = ['--max-semi-space-size=8'];
const watch = process.argv.includes('--watch');
const startDeadlineMs = 120_000;

/** `npm start`: the whole product on this machine, watched over until Ctrl-C. */
async function start(): Promise<void> {
  const config = toConfig(readEnv());
  const dataDir = resolve(config.dataDir);
  const nodeDir = resolve(dataDir, 'central-node');
  const env = { ...process.env, CARPOOL_DATA_DIR: dataDir };
  const { consoleUrl, nodeUrl, nodeListen } = placesOf(config);
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
    [...edgeFlags, edgeAgent, 'run', '--data-dir', nodeDir, '--listen', nodeListen, '--control-plane', consoleUrl],
    nodeUrl,
  );
  const leaving = stopOnce({
    parts: [node, center],
    nowMs: () => performance.now(),
    say: (text) => console.log(text),
    exit: (code) => process.exit(code),
  });
  process.on('SIGINT', leaving.onSignal);
  process.on('SIGTERM', leaving.onSignal);

  try {
    if (config.port === config.centralNodePort) {
      throw new ConfigError(`CARPOOL_PORT and CARPOOL_CENTRAL_NODE_PORT are both ${config.port}: choose two`);
    }
    await assertFreePort('CARPOOL_PORT', config.host, config.port);
    await assertFreePort('CARPOOL_CENTRAL_NODE_PORT', config.host, config.centralNodePort);
    await buildDashboard(root);
    await center.start(startDeadlineMs);
    await enrolCentralNode(edgeAgent, nodeDir, consoleUrl, env);
    await node.start(startDeadlineMs);
  } catch (error) {
    // A start that was called off ends with the signal, not with a complaint.
    if (leaving.isAsked()) return;
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

try {
  await start();
} catch (error) {
  console.error(sentenceOf(error) ?? error);
  process.exit(1);
}
