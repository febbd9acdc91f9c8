import type { SignalKind } from '@aicarpool/shared-protocol';
import type { GroupEntry } from '../snapshot/snapshot.ts';
import type { Account, Rest } from './account.ts';
import type { Breaker } from './breaker.ts';
import { endpointOf, type GroupHealth } from './group-health.ts';
import { familyOf } from './model-family.ts';
import type { SignalQueue } from './report/signal-queue.ts';
import type { OnOutcome, Outcome } from './shared/outcome.ts';
import type { Target } from './target.ts';
import type { Verdict } from './verdict/judge.ts';

export interface VisitParts {
  readonly known: GroupHealth;
  readonly account: Account;
  readonly group: GroupEntry;
  readonly target: Target;
  readonly signals: SignalQueue;
  readonly random: () => number;
  readonly onOutcome?: OnOutcome | undefined;
  /** Told once what was on trial has shown something, or nothing will. */
  readonly onTrialOver?: (() => void) | undefined;
}

const downSignalsAtMost = 50;

/** One request to one account, from the choice of it to its end. What it shows is held for or against everyone it met. */
export class Visit {
  readonly #parts: VisitParts;
  readonly #family: string;
  readonly #account: Account;
  readonly #endpoint: Breaker;
  readonly #service: Breaker;
  readonly #trials: readonly Rest[];
  #trialEndpoint = false;
  #trialService = false;
  #isOver = false;
  #hasBegun = false;

  constructor(parts: VisitParts, nowMs: number) {
    const { known, account, target } = parts;
    this.#parts = parts;
    this.#family = familyOf(target.model);
    this.#account = account;
    this.#endpoint = known.endpoint(endpointOf(target.upstream));
    this.#service = known.service(target.upstream.serviceId);
    this.#trials = this.#account.enter(this.#family, nowMs);
    this.#account.lastUsedAtMs = nowMs;
    this.#trialEndpoint = this.#endpoint.stateAt(nowMs) === 'trial' && this.#endpoint.enter(nowMs);
    this.#trialService = this.#service.stateAt(nowMs) === 'trial' && this.#service.enter(nowMs);
  }

  /** The first of a good answer is there; that it ends well is not said yet. */
  began(tookMs: number, nowMs: number): void {
    if (this.#hasBegun || this.#isOver) return;
    this.#hasBegun = true;
    this.#leaveTrials();
    this.#account.recent.tookMs(tookMs);
    this.#succeed(nowMs);
    for (const reason of this.#account.answered(this.#family, nowMs)) this.#signal('account_back', reason, null, nowMs);
    this.#tell({ is: 'began', tookMs }, nowMs);
    this.#parts.onTrialOver?.();
  }

  /** Call once; later calls say nothing. `neutral` also where the caller left. Gives back until when the account rests. */
  ended(verdict: Verdict, nowMs: number): number {
    if (this.#isOver) return 0;
    const untilMs = this.#end(verdict, nowMs);
    if (verdict.kind !== 'neutral' && verdict.kind !== 'again') {
      this.#tell({ is: 'ended', verdict, hasBegun: this.#hasBegun }, nowMs);
    }
    this.#parts.onTrialOver?.();
    return untilMs;
  }

  /** What another process of this node saw of the same account. */
  heard({ shown, atMs, times }: Outcome): void {
    if (shown.is === 'looked') this.#look(shown.verdict, shown.tookMs, atMs);
    else if (shown.is === 'began') {
      this.began(shown.tookMs, atMs);
      for (let more = 1; more < times; more += 1) this.#succeed(atMs);
      this.#end({ kind: 'neutral' }, atMs);
    } else {
      this.#hasBegun = shown.hasBegun;
      this.#end(shown.verdict, atMs);
      for (let more = 1; more < times; more += 1) this.#account.recent.count(true, atMs);
    }
  }

  #end(verdict: Verdict, nowMs: number): number {
    this.#isOver = true;
    this.#leaveTrials();
    this.#account.leave(this.#trials);
    this.#account.lastUsedAtMs = nowMs;
    return this.#hold(verdict, nowMs);
  }

  #tell(shown: Outcome['shown'], atMs: number): void {
    const { group, target, onOutcome } = this.#parts;
    onOutcome?.({ groupId: group.id, upstreamId: target.upstream.id, model: target.model, atMs, times: 1, shown });
  }

  #hold(verdict: Verdict, nowMs: number): number {
    const { group, target, random } = this.#parts;
    const { recent } = this.#account;
    switch (verdict.kind) {
      case 'well':
        if (!this.#hasBegun) this.#succeed(nowMs);
        this.#endpoint.endedWell();
        this.#service.endedWell();
        recent.count(true, nowMs);
        return 0;
      case 'neutral':
      case 'again':
        return 0;
      case 'failed':
        recent.count(false, nowMs);
        if (this.#endpoint.failed(group.health, nowMs, random)) this.#endpointDown(verdict.reason, nowMs);
        return 0;
      case 'overloaded':
        recent.count(false, nowMs);
        if (this.#service.failed(group.health, nowMs, random)) {
          this.#signal('service_down', verdict.reason, this.#service.untilMs, nowMs, null);
        }
        break;
      default:
        recent.count(false, nowMs);
    }
    const untilMs = this.#account.rest(verdict, this.#family, target.upstream, group.health, nowMs, random);
    if (verdict.kind === 'auth_failed') this.#signal('account_auth_failed', verdict.reason, untilMs, nowMs);
    if (verdict.kind === 'parked') this.#signal('account_parked', verdict.reason, untilMs, nowMs);
    return untilMs;
  }

  #succeed(nowMs: number): void {
    const { health } = this.#parts.group;
    if (this.#endpoint.succeeded(health, nowMs)) this.#endpointBack(nowMs);
    if (this.#service.succeeded(health, nowMs)) this.#signal('service_back', 'answers again', null, nowMs, null);
  }

  #leaveTrials(): void {
    if (this.#trialEndpoint) this.#endpoint.leave();
    if (this.#trialService) this.#service.leave();
    this.#trialEndpoint = false;
    this.#trialService = false;
  }

  #endpointDown(reason: string, nowMs: number): void {
    const { untilMs } = this.#endpoint;
    const { all, here } = this.#neighbours();
    if (here.length === all) this.#signal('service_down', reason, untilMs, nowMs, null);
    for (const id of here) this.#signal('account_down', reason, untilMs, nowMs, id);
  }

  #endpointBack(nowMs: number): void {
    const { all, here } = this.#neighbours();
    if (here.length === all) this.#signal('service_back', 'answers again', null, nowMs, null);
    for (const id of here) this.#signal('account_back', 'answers again', null, nowMs, id);
  }

  /** The accounts of this service, and those of them behind the same address. */
  #neighbours(): { all: number; here: string[] } {
    const { upstream, route } = this.#parts.target;
    const here = route.upstreams.filter(({ baseUrl }) => baseUrl === upstream.baseUrl).map(({ id }) => id);
    return { all: route.upstreams.length, here: here.slice(0, downSignalsAtMost) };
  }

  #signal(kind: SignalKind, reason: string, untilMs: number | null, atMs: number, upstreamId?: string | null): void {
    const { group, target, signals } = this.#parts;
    const { upstream } = target;
    const about = upstreamId === undefined ? upstream.id : upstreamId;
    signals.add({ kind, atMs, groupId: group.id, service: upstream.serviceId, upstreamId: about, reason, untilMs });
  }

  /** A free look in place of a request: it tells of the way and of the credential, of quotas nothing. */
  looked(verdict: Verdict, tookMs: number, nowMs: number): void {
    if (this.#isOver) return;
    this.#look(verdict, tookMs, nowMs);
    this.#tell({ is: 'looked', verdict, tookMs }, nowMs);
  }

  #look(verdict: Verdict, tookMs: number, nowMs: number): void {
    this.#account.lastCheckedAtMs = nowMs;
    if (verdict.kind === 'well' || verdict.kind === 'neutral') {
      this.#leaveTrials();
      this.#succeed(nowMs);
      if (verdict.kind === 'well') {
        this.#account.recent.tookMs(tookMs);
        for (const reason of this.#account.looksWell()) this.#signal('account_back', reason, null, nowMs);
      }
    }
    this.#end(verdict.kind === 'well' ? { kind: 'neutral' } : verdict, nowMs);
  }
}
