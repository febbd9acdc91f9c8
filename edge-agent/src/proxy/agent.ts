import type { IncomingMessage, ServerResponse } from 'node:http';
import { Health, type TrialOffice } from '../health/health.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { partsOf } from '../limits/account-parts.ts';
import type { Gate } from '../limits/gate.ts';
import { Gatekeeper } from '../limits/gatekeeper.ts';
import { Quotas } from '../limits/quota/quotas.ts';
import type { Shares } from '../limits/shares.ts';
import type { Metrics } from '../observe/metrics.ts';
import { AnswerHomes } from '../routing/answer-homes.ts';
import { InFlight, type Places } from '../routing/in-flight.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { Upstreams } from '../upstreams/upstreams.ts';
import { defaultLimits, type Limits } from './intake/limits.ts';
import { Load } from './intake/load.ts';

/** What the hot path works with. One per process; requests share it and nothing else. */
export interface Agent {
  /** Answers `/metrics` on the address of the AI clients; undefined: that address has none. */
  readonly showMetrics: ((request: IncomingMessage, response: ServerResponse) => void) | undefined;
  readonly snapshots: { pin(): Snapshot | undefined };
  readonly ledger: Ledger;
  readonly upstreams: Upstreams;
  readonly metrics: Pick<Metrics, 'requestEnded' | 'refused' | 'upstreamAnswered' | 'ampCalled' | 'bug'>;
  readonly log: { warn(facts: object, message: string): void; error(facts: object, message: string): void };
  readonly limits: Limits;
  readonly load: Load;
  readonly gate: Gate;
  readonly quotas: Quotas;
  /** Undefined: this process has all of each limit, or another one holds them for it. */
  readonly shares: Shares | undefined;
  readonly answerHomes: AnswerHomes;
  /** Who may be asked, by what they answered. */
  readonly health: Health;
  /** Entered and left by whoever sends to an account. */
  readonly inFlight: Places;
  /** Grants trials where several processes may try the same account; undefined: this process is the only one. */
  readonly trials: TrialOffice | undefined;
  readonly nowMs: () => number;
  /** Runs on evenly whatever becomes of the wall clock: for what lasts so and so long. */
  readonly monotonicMs: () => number;
  /** 0 ≤ x < 1; spreads requests over accounts by weight. */
  readonly random: () => number;
}

export type AgentParts = Pick<Agent, 'snapshots' | 'ledger' | 'upstreams' | 'metrics' | 'log'> & {
  readonly showMetrics?: Agent['showMetrics'];
  readonly limits?: Partial<Limits>;
  readonly nowMs?: () => number;
  readonly monotonicMs?: () => number;
  readonly random?: () => number;
  /** Without it, no quota that this process knows of has rights. */
  readonly quotas?: Quotas;
  /** Limits that other nodes keep too; without it, each is whole here. */
  readonly shares?: Shares;
  /** What several processes of a node share; this process's own where it is not given. */
  readonly shared?: Partial<Pick<Agent, 'gate' | 'answerHomes' | 'health' | 'inFlight' | 'trials'>>;
};

/** Puts the parts of a node together for `startListener`. Owns none of them: whoever opened a part closes it. */
export function createAgent(parts: AgentParts): Agent {
  const clocks = { nowMs: parts.nowMs ?? Date.now, monotonicMs: parts.monotonicMs ?? (() => performance.now()) };
  return {
    snapshots: parts.snapshots,
    ledger: parts.ledger,
    upstreams: parts.upstreams,
    metrics: parts.metrics,
    showMetrics: parts.showMetrics,
    log: parts.log,
    limits: { ...defaultLimits, ...parts.limits },
    load: new Load(),
    gate: parts.shared?.gate ?? new Gatekeeper({}, parts.shares, clocks.monotonicMs),
    shares: parts.shares,
    quotas: parts.quotas ?? new Quotas({ clocks }),
    answerHomes: parts.shared?.answerHomes ?? new AnswerHomes(),
    health: parts.shared?.health ?? new Health(parts.random),
    inFlight: parts.shared?.inFlight ?? new InFlight(parts.shares && partsOf(parts.shares, clocks.monotonicMs)),
    trials: parts.shared?.trials,
    ...clocks,
    random: parts.random ?? Math.random,
  };
}
