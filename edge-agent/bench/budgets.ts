import type { ScenarioName } from './scenarios.ts';

/** What one scenario came to, each figure the median of its rounds. */
export interface Result {
  readonly bareRps: number;
  readonly nodeRps: number;
  /** Of the node's rate to the bare forwarder's in the same round. */
  readonly ratio: number;
  /** What the node adds to the bare forwarder's time to the first byte at 30 % of the node's own best rate. */
  readonly addedP50Ms: number;
  readonly addedP99Ms: number;
  readonly errors: number;
}

interface Budget {
  readonly what: string;
  readonly scenario: ScenarioName;
  readonly read: (result: Result) => number;
  readonly bound: number;
  readonly unit: '%' | 'ms';
}

const percent = ({ ratio }: Result) => ratio * 100;

/** DESIGN §10, as far as a forwarder beside the node can tell. A share must reach its bound, a time must keep below it. */
const budgets: readonly Budget[] = [
  { what: 'small JSON, share of a bare forwarder', scenario: 'small', read: percent, bound: 45, unit: '%' },
  { what: 'small JSON, the aim', scenario: 'small', read: percent, bound: 70, unit: '%' },
  { what: '200 KB bodies, share of a bare forwarder', scenario: 'body200', read: percent, bound: 70, unit: '%' },
  { what: 'added to first byte, 50 KB body, p50', scenario: 'body50', read: (of) => of.addedP50Ms, bound: 1, unit: 'ms' },
  { what: 'added to first byte, 50 KB body, p99', scenario: 'body50', read: (of) => of.addedP99Ms, bound: 5, unit: 'ms' },
  { what: 'added to first byte, SSE with 50 KB body, p50', scenario: 'sse50', read: (of) => of.addedP50Ms, bound: 1, unit: 'ms' },
  { what: 'added to first byte, SSE with 50 KB body, p99', scenario: 'sse50', read: (of) => of.addedP99Ms, bound: 5, unit: 'ms' },
];

/** The Portkey gateway in the same run, on small JSON; or why it is not there. */
export type Peer =
  | { readonly ratio: number; readonly requestsPerSecond: number; readonly errors: number }
  | { readonly why: string };

const peerTimes = 5;

/** Rows of the same table that this command does not measure, and what does. */
const elsewhere = [
  'two processes on one node: npm run bench:workers',
  '5,000 open streams: npm run bench:streams',
  'start with 100,000 keys: npm test -- --project programs edge-agent/test/large-config',
  'a month over 10 M rows: node edge-agent/bench/ledger-questions.bench.ts 10000000',
];

/** A line for each budget: met, or missed by how much. */
export function judge(results: Readonly<Record<ScenarioName, Result>>, peer: Peer): string[] {
  const lines = budgets.map(({ what, scenario, read, bound, unit }) => {
    const value = read(results[scenario]);
    const short = unit === '%' ? bound - value : value - bound;
    const verdict = short <= 0 ? 'met' : `missed by ${short.toFixed(unit === '%' ? 0 : 2)} ${unit === '%' ? 'points' : unit}`;
    const wanted = `${unit === '%' ? '≥' : '≤'} ${bound} ${unit}`;
    return `${what.padEnd(48)} ${wanted.padEnd(8)} ${value.toFixed(unit === '%' ? 0 : 2).padStart(6)} ${unit.padEnd(2)} ${verdict}`;
  });
  return [...lines, besidePeer(peer), ...elsewhere];
}

function besidePeer(peer: Peer): string {
  const what = 'small JSON, times the Portkey gateway'.padEnd(48);
  if ('why' in peer) return `${what} not measured: ${peer.why}`;
  const { ratio, requestsPerSecond, errors } = peer;
  const verdict = ratio >= peerTimes ? 'met' : `missed by ${(peerTimes - ratio).toFixed(1)}`;
  const note = `(it: ${requestsPerSecond.toFixed(0)}/s${errors > 0 ? `, ${errors} errors` : ''})`;
  return `${what} ≥ ${peerTimes}×     ${ratio.toFixed(1).padStart(6)} ×  ${verdict} ${note}`;
}
