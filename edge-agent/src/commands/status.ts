import { openDataDir, requireIdentity } from './data-dir.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { fencedMark, findRecord, isAlive, type NodeRecord } from './record/node-record.ts';
import { describeSettlement } from './record/settlement-record.ts';

export interface StatusOptions {
  readonly dataDir: string;
  readonly json?: boolean | undefined;
}

/** Prints what the node of a data folder is and does. Exit code 0 only when it serves. */
export async function status(options: StatusOptions, nowMs: number): Promise<ExitCode> {
  const dataDir = openDataDir(options.dataDir, false);
  const identity = requireIdentity(dataDir);
  const record = findRecord(dataDir);
  const alive = record !== undefined && isAlive(record, nowMs);
  const ready = alive ? await askReady(record.listen) : 'not running';
  const serves = ready === 'ready';
  if (options.json) {
    const node = { node_id: identity.node_id, node_name: identity.node_name, control_plane: identity.control_plane };
    console.log(
      JSON.stringify(
        { ...node, running: alive, serving: serves, reason: serves ? null : ready, record: record ?? null },
        null,
        2,
      ),
    );
    return serves ? exitCodes.done : exitCodes.notWell;
  }
  const named = identity.node_name === null ? '' : ` "${identity.node_name}"`;
  const lines: [string, string][] = [
    ['node', `${identity.node_id}${named} of ${identity.control_plane}`],
    ['state', stateOf(record, alive, fencedMark.find(dataDir))],
    ...(alive ? [['serving', `${record.listen}, ${ready}`] as [string, string]] : []),
    ...(record ? describe(record, nowMs) : []),
  ];
  for (const [name, text] of lines) console.log(`${name.padEnd(14)}${text}`);
  return serves ? exitCodes.done : exitCodes.notWell;
}

function stateOf(record: NodeRecord | undefined, alive: boolean, fencedAt: string | undefined): string {
  if (record && alive) return `${record.state}, process ${record.pid} since ${record.started_at}`;
  if (fencedAt !== undefined) return `stopped at ${fencedAt}: another process became this node`;
  if (!record) return 'enrolled, has not run yet';
  return record.state === 'stopped' ? `stopped at ${record.written_at}` : `died after ${record.written_at}`;
}

function describe(
  { config, uplink, ledger, settlement, active_requests, workers }: NodeRecord,
  nowMs: number,
): [string, string][] {
  const slot = config.slot === 'previous' ? ' (the one before: the newest crashed the node)' : '';
  const rejects = config.rejects === 0 ? '' : `, ${config.rejects} resources kept at an older revision`;
  const session = uplink.session_no === null ? 'no session' : `session ${uplink.session_no}`;
  const stream = uplink.streaming ? ', listening' : ', not connected';
  return [
    ['config', `version ${config.version}${slot}, ${config.keys} keys in ${config.groups} groups${rejects}`],
    ['last contact', config.last_contact_at === null ? 'never' : `${age(nowMs - Date.parse(config.last_contact_at))} ago`],
    ['uplink', `${session}${stream}${uplink.failure === null ? '' : `: ${uplink.failure}`}${clock(uplink.clock_offset_ms)}`],
    ['ledger', `row ${ledger.seq} of ${ledger.incarnation}, chain ${ledger.chain.slice(0, 16) || 'empty'}`],
    ...(settlement ? [['settlement', describeSettlement(settlement)] as [string, string]] : []),
    ['requests', `${active_requests} in progress`],
    ...workers.map((worker): [string, string] => [`worker ${worker.slot}`, describeWorker(worker)]),
  ];
}

function describeWorker({ pid, state, restarts, failures, connections, active_requests, ledger }: NodeRecord['workers'][number]) {
  const what = pid === null ? `ended ${failures} times as it began, waits to start again` : `${state}, process ${pid}`;
  const again = restarts === 0 ? '' : `, replaced ${restarts} times`;
  const row = ledger === null ? '' : `, row ${ledger.seq} of ${ledger.incarnation}`;
  return `${what}${again}, ${active_requests} requests on ${connections} connections${row}`;
}

function clock(offsetMs: number | null): string {
  if (offsetMs === null || Math.abs(offsetMs) < 5_000) return '';
  return `; clock ${Math.round(Math.abs(offsetMs) / 1000)} s ${offsetMs > 0 ? 'ahead' : 'behind'}`;
}

function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

/** `ready`, or why not. A node that listens on every address is asked on this machine's own. */
async function askReady(listen: string): Promise<string> {
  const address = listen.replace(/^(0\.0\.0\.0|::):/, '127.0.0.1:').replace(/^(.*:.*):(\d+)$/, '[$1]:$2');
  try {
    const response = await fetch(`http://${address}/readyz`, { signal: AbortSignal.timeout(2_000) });
    if (response.ok) return 'ready';
    const body: unknown = await response.json();
    const reason: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'reason') : undefined;
    return `not ready: ${typeof reason === 'string' ? reason : response.status}`;
  } catch {
    return 'does not answer';
  }
}
