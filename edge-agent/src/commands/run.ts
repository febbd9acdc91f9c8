import { readFileSync } from 'node:fs';
import type { Config } from '../config.ts';
import type { LogOptions } from '../observe/log.ts';
import { redact } from '../observe/redact.ts';
import { countWorkers } from '../workers/count-workers.ts';
import { openDataDir } from './data-dir.ts';
import { parseUrl } from './enroll.ts';
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts';
import { findKeys } from './find-keys.ts';
import { forbidCoreDumps } from './no-core-dumps.ts';
import { fencedMark } from './record/node-record.ts';
import type { RunningNode } from './running-node.ts';
import { longestDrainMs, startNode } from './start-node.ts';

export interface RunOptions {
  readonly dataDir: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly controlPlane?: string | undefined;
  readonly takeOver?: boolean | undefined;
  /** Enrolls with this start; the keys stay in memory. */
  readonly token?: string | undefined;
  /** A file with a snapshot that was exported for this node. */
  readonly snapshot?: string | undefined;
  readonly workers?: number | 'auto' | undefined;
  /** How long rights should last while the control plane is away. */
  readonly coverMs?: number | undefined;
  readonly logLevel?: LogOptions['level'];
}

/** Serves until a signal, a failing disk or a second node of the same name ends it. Gives the exit code. */
export async function run(options: RunOptions, config: Config): Promise<ExitCode> {
  const elsewhere = options.token !== undefined || config.identity !== undefined;
  const dataDir = openDataDir(options.dataDir, elsewhere);
  const { token, controlPlane } = options;
  const { identity, kept } = await findKeys({ dataDir, given: config.identity, token, controlPlane }, Date.now);
  refuseWhenFenced(dataDir, options.takeOver ?? false);
  if (!forbidCoreDumps()) console.error('aicarpool-edge: core dumps could not be forbidden; set LimitCORE=0 in the service.');
  const node = await startNode({
    dataDir,
    identity,
    keepsIdentity: kept,
    snapshot: options.snapshot === undefined ? undefined : readSnapshot(options.snapshot),
    listen: options.listen,
    controlPlane: options.controlPlane === undefined ? identity.control_plane : parseUrl(options.controlPlane),
    allowedUpstreams: config.allowedUpstreams,
    metricsListen: config.metricsListen,
    location: config.location,
    workers: countWorkers(options.workers ?? config.workers),
    coverMs: options.coverMs,
    log: { level: options.logLevel ?? 'info' },
  });
  const { version, keys } = node.status();
  const holding = version === 0 ? 'waiting for its first config' : `config version ${version}, ${keys} keys`;
  catchSignals(node);
  catchBugs(node);
  // Whoever reads this may end the process the next moment.
  console.log(`aicarpool-edge: node ${identity.node_id} on http://${hostInUrl(node.host)}:${node.port} (${holding})`);
  return await node.ended;
}

function readSnapshot(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(exitCodes.badArguments, `The snapshot ${path} cannot be read: ${reason}.`, 'Check --snapshot.');
  }
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function refuseWhenFenced(dataDir: string, takeOver: boolean): void {
  const at = fencedMark.find(dataDir);
  if (at === undefined) return;
  if (takeOver) {
    fencedMark.clear(dataDir);
    return;
  }
  throw new CommandError(
    exitCodes.fenced,
    `This node stopped at ${at} because another process opened a session as the same node.`,
    'If a copy of this data folder runs elsewhere, delete one of the two. To be this node again, run with --take-over; it drives the other one out.',
  );
}

// The first signal drains, the second one ends at once.
function catchSignals(node: RunningNode): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  let asked = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (asked) process.exit(signal === 'SIGINT' ? 130 : 143);
      asked = true;
      setTimeout(() => process.exit(exitCodes.failed), longestDrainMs).unref();
      void node.stop();
    });
  }
}

// After an exception that nothing expected, memory is not to be trusted: the books are, for they are on disk.
function catchBugs(node: RunningNode): void {
  process.on('uncaughtException', (error) => {
    const text = redact(error instanceof Error ? (error.stack ?? error.message) : String(error));
    try {
      node.crashed(text);
    } finally {
      console.error(`aicarpool-edge: a bug ended this process; please report it.\n${text}`);
      process.exit(exitCodes.failed);
    }
  });
}
