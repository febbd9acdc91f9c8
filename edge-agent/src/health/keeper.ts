import type { GroupEntry, ServiceRoute, UpstreamEntry } from '../snapshot/snapshot.ts';
import type { Health, Shown } from './health.ts';
import type { Target } from './target.ts';
import type { Verdict } from './verdict/judge.ts';

/** A look at an account that costs nothing. Never rejects; bounded in time by whoever does it. */
export type Check = (target: Target, group: GroupEntry) => Promise<{ readonly verdict: Verdict; readonly tookMs: number }>;

export interface KeeperParts {
  readonly health: Health;
  readonly findGroup: (id: string) => GroupEntry | undefined;
  readonly check: Check;
  readonly nowMs: () => number;
  readonly random: () => number;
  /** Told of every look. */
  readonly onLook?: (look: LookReport) => void;
}

/** How an account does after a look at it. */
export interface LookReport {
  readonly service: string;
  readonly upstreamId: string;
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  readonly responseTimeMs: number | null;
  readonly errorMessage: string | null;
  readonly consecutiveSuccesses: number;
  readonly consecutiveFailures: number;
  readonly avgResponseTimeMs: number | null;
  readonly successRatePercent: number | null;
}

const roundMs = 5_000;
const atOnceAtMost = 8;
const dueInRoundAtMost = 64;
const jitterShare = 0.2;

/** Looks after accounts that are idle, out or on trial: at no cost, at most once per interval of their group. */
export class HealthKeeper {
  readonly #parts: KeeperParts;
  /** When an account is looked at next at the earliest; its jitter is drawn once per look. */
  readonly #dueAtMs = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> | undefined;
  #isStopped = false;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#round ??= this.look().finally(() => {
        this.#round = undefined;
      });
    }, roundMs).unref();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await this.#round;
  }

  /** One round; the timer does nothing else. */
  async look(): Promise<void> {
    const { health, findGroup } = this.#parts;
    health.forget(findGroup);
    const due = this.#due();
    const work = async () => {
      for (let one = due.pop(); one && !this.#isStopped; one = due.pop()) await this.#lookAt(one.target, one.group);
    };
    await Promise.all(Array.from({ length: Math.min(atOnceAtMost, due.length) }, work));
  }

  #due(): { target: Target; group: GroupEntry }[] {
    const { health, findGroup } = this.#parts;
    const due: { target: Target; group: GroupEntry }[] = [];
    const live = new Set<string>();
    for (const groupId of health.groupIds()) {
      const group = findGroup(groupId);
      if (group?.status !== 'active') continue;
      for (const route of group.services) {
        for (const upstream of route.upstreams) {
          live.add(upstream.id);
          if (due.length < dueInRoundAtMost && this.#isDue(upstream, route, group))
            due.push({ target: toTarget(upstream, route), group });
        }
      }
    }
    for (const id of this.#dueAtMs.keys()) if (!live.has(id)) this.#dueAtMs.delete(id);
    return due;
  }

  #isDue(upstream: UpstreamEntry, { service }: ServiceRoute, { health: rules }: GroupEntry): boolean {
    if (service.status !== 'active' || upstream.secret() === undefined) return false;
    const nowMs = this.#parts.nowMs();
    const account = this.#parts.health.findAccount(upstream.id);
    const intervalMs = rules.check_interval_s * 1_000;
    const known = this.#dueAtMs.get(upstream.id);
    if (known === undefined) {
      this.#dueAtMs.set(upstream.id, nowMs + intervalMs + this.#random(intervalMs));
      return false;
    }
    if (nowMs < known || (account?.active ?? 0) > 0 || account?.isQuotaParked(nowMs)) return false;
    const isTroubled = account !== undefined && account.troubleAt(nowMs) !== undefined;
    return isTroubled || nowMs - (account?.lastUsedAtMs ?? 0) >= intervalMs;
  }

  async #lookAt(target: Target, group: GroupEntry): Promise<void> {
    const { health, check, nowMs, onLook } = this.#parts;
    const intervalMs = group.health.check_interval_s * 1_000;
    this.#dueAtMs.set(target.upstream.id, nowMs() + intervalMs + this.#random(intervalMs));
    const visit = health.visit(target, group, nowMs());
    const { verdict, tookMs } = await check(target, group);
    visit.looked(verdict, tookMs, nowMs());
    const shown = health.show(target.upstream.id, group, nowMs());
    if (shown) onLook?.(report(target, verdict, tookMs, shown));
  }

  #random(intervalMs: number): number {
    return Math.round(intervalMs * jitterShare * this.#parts.random());
  }
}

function report({ upstream }: Target, verdict: Verdict, tookMs: number, { health, row }: Shown): LookReport {
  const rate = health.success_rate;
  return {
    service: upstream.serviceId,
    upstreamId: upstream.id,
    status: health.status,
    responseTimeMs: tookMs,
    errorMessage: 'reason' in verdict ? verdict.reason : null,
    consecutiveSuccesses: row.well,
    consecutiveFailures: row.bad,
    avgResponseTimeMs: health.avg_response_time_ms,
    successRatePercent: rate === null ? null : rate * 100,
  };
}

/** No model: what is learned is about the account as a whole. */
function toTarget(upstream: UpstreamEntry, route: ServiceRoute): Target {
  return { service: route.service, upstream, route, model: '' };
}
