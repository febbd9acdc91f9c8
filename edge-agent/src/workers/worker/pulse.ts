import { drainSignals } from '../../commands/record/vitals.ts';
import type { SettleState } from '../../uplink/settle/settle-books.ts';
import type { Pulse, ToldSettling } from '../messages.ts';
import type { OpenWorker } from './open-worker.ts';
import type { PrimaryLine } from './primary-line.ts';

const beatEveryMs = 500;
const signalsEvery = 4;
const proxiesEvery = 10;
const signalsAtOnce = 500;

export interface Beating {
  /** Out of turn, for news that should not wait. */
  now(): void;
  /** Says the last of it. */
  stop(): void;
}

/** Tells the primary twice a second how this worker does. */
export function beat(line: PrimaryLine, worker: OpenWorker): Beating {
  let beats = 0;
  const tell = (isLast = false) => {
    line.tell({ is: 'pulse', pulse: pulseOf(worker, isLast || beats % proxiesEvery === 0) });
    if (beats % signalsEvery === 0) tellSignals(line, worker);
    beats += 1;
  };
  tell();
  const timer = setInterval(() => tell(), beatEveryMs);
  return {
    now: () => tell(),
    stop: () => {
      clearInterval(timer);
      tell(true);
      tellSignals(line, worker);
    },
  };
}

function pulseOf({ agent, ledger, settling, upstreams }: OpenWorker, withProxies: boolean): Pulse {
  const { user, system } = process.cpuUsage();
  return {
    requests: agent.load.requests,
    draining: agent.load.draining,
    head: ledger.head(),
    today: ledger.totalsToday().requests,
    perMinute: ledger.requestsPerMinute(),
    sizes: ledger.sizes(),
    cpuUs: user + system,
    rssBytes: process.memoryUsage.rss(),
    settling: toldOf(settling.state()),
    ...(withProxies ? { proxies: upstreams.proxies.health() } : {}),
  };
}

function toldOf({ answeredAgoMs, ...state }: SettleState): ToldSettling {
  return { ...state, answeredAgoMs: Number.isFinite(answeredAgoMs) ? answeredAgoMs : null };
}

/** How accounts do the primary hears and says itself; that a request moved on, and what proxies did, only this worker knows. */
function tellSignals(line: PrimaryLine, { agent }: OpenWorker): void {
  const signals = drainSignals(agent, signalsAtOnce).filter(({ kind, proxy_id }) => kind === 'failed_over' || proxy_id !== null);
  if (signals.length > 0) line.tell({ is: 'signals', signals });
}
