/**
 * Who may be asked: what this node learned about accounts, addresses and providers from what they answered. State
 * machines over given clocks; nothing here waits, and what is kept is bounded.
 */
import type { AccountHealth, HealthRules, Signal } from '@aicarpool/shared-protocol';
import type { GroupEntry } from '../snapshot/snapshot.ts';
import { type Account, busyTrialMs } from './account.ts';
import { endpointOf, GroupHealth } from './group-health.ts';
import { familyOf } from './model-family.ts';
import { type ShownHealth, showAccount, showHealth } from './report/show-health.ts';
import { SignalQueue } from './report/signal-queue.ts';
import { RetryBudget } from './retry-budget.ts';
import type { HeldGroup } from './shared/held-state.ts';
import type { OnOutcome, Outcome } from './shared/outcome.ts';
import { isClosed, type Sifted, sift } from './sift.ts';
import type { Target } from './target.ts';
import { Visit, type VisitParts } from './visit.ts';

export { type Check, HealthKeeper } from './keeper.ts';
export type { ShownHealth } from './report/show-health.ts';
export type { HeldGroup } from './shared/held-state.ts';
export type { OnOutcome, Outcome } from './shared/outcome.ts';
export type { TrialOffice } from './shared/trials.ts';
export type { Sifted } from './sift.ts';
export type { Target } from './target.ts';
export { type Answered, judge, statusOfError, type Verdict } from './verdict/judge.ts';
export { longestWaitMs } from './verdict/read-wait.ts';
export type { Visit } from './visit.ts';

export interface Figures {
  /** Of the last five minutes; null: nothing was asked of it. */
  readonly successRate: number | null;
  /** Smoothed; null: it never answered. */
  readonly firstByteMs: number | null;
}

/** How one account does, and how its last requests went. */
export interface Shown {
  readonly health: AccountHealth;
  readonly row: { readonly well: number; readonly bad: number };
}

const unknown: Figures = { successRate: null, firstByteMs: null };
const groupsAtMost = 10_000;

export class Health {
  readonly budget = new RetryBudget();
  readonly #random: () => number;
  readonly #groups = new Map<string, GroupHealth>();
  readonly #rules = new Map<string, HealthRules>();
  /** By upstream id; an account belongs to one group. */
  readonly #accounts = new Map<string, Account>();
  readonly #signals = new SignalQueue();
  readonly #onOutcome: OnOutcome | undefined;

  /** `onOutcome` hears what the requests of this process show; not what it heard from others. */
  constructor(random: () => number = Math.random, onOutcome?: OnOutcome) {
    this.#random = random;
    this.#onOutcome = onOutcome;
  }

  /** Parts the candidates into those that may be asked now, in their order, and those that rest. */
  sift<T extends Target>(candidates: readonly T[], group: GroupEntry, nowMs: number): Sifted<T> {
    return sift(this.#groups.get(group.id), candidates, nowMs);
  }

  /** All of them rest because a limit or a quota is used up. */
  isLimited(candidates: readonly Target[], group: GroupEntry, nowMs: number): boolean {
    const accounts = this.#groups.get(group.id)?.accounts;
    const isUsedUp = ({ upstream, model }: Target) =>
      accounts?.get(upstream.id)?.account.isUsedUp(familyOf(model), nowMs) === true;
    return candidates.length > 0 && candidates.every(isUsedUp);
  }

  /** A request goes to this account now. Whoever holds the visit ends it. */
  visit(target: Target, group: GroupEntry, nowMs: number, onTrialOver?: () => void): Visit {
    return this.#open(target, group, nowMs, { onOutcome: this.#onOutcome, onTrialOver });
  }

  /** What another process of this node saw. */
  hear(outcome: Outcome, target: Target, group: GroupEntry): void {
    this.#open(target, group, outcome.atMs, {}).heard(outcome);
  }

  #open(target: Target, group: GroupEntry, nowMs: number, told: Pick<VisitParts, 'onOutcome' | 'onTrialOver'>): Visit {
    const known = this.#known(group);
    const account = known.account(target.upstream);
    this.#accounts.set(target.upstream.id, account);
    return new Visit({ known, account, group, target, signals: this.#signals, random: this.#random, ...told }, nowMs);
  }

  /** A request to it would find out whether it is well again. */
  isOnTrial(target: Target, group: GroupEntry, nowMs: number): boolean {
    return this.#groups.has(group.id) && this.trialsOf(target, group, nowMs).length > 0;
  }

  /** What a request to it would try, by name: each is tried by one request at a time. */
  trialsOf({ upstream, model }: Target, { id }: GroupEntry, nowMs: number): readonly string[] {
    const known = this.#groups.get(id);
    if (!known) return [];
    const names: string[] = [];
    const endpoint = endpointOf(upstream);
    if (known.endpoints.get(endpoint)?.stateAt(nowMs) === 'trial') names.push(`${id} endpoint ${endpoint}`);
    if (known.services.get(upstream.serviceId)?.stateAt(nowMs) === 'trial') names.push(`${id} service ${upstream.serviceId}`);
    const trials = known.accounts.get(upstream.id)?.account.trialsOf(familyOf(model), nowMs) ?? [];
    for (const name of trials) names.push(`${id} account ${upstream.id} ${name}`);
    return names;
  }

  /** Out, resting or being tried, whatever becomes of the others. */
  isClosed(target: Target, group: GroupEntry, nowMs: number): boolean {
    const known = this.#groups.get(group.id);
    return known !== undefined && isClosed(known, target, nowMs);
  }

  /** Another process of this node is trying what is on trial here. */
  triedElsewhere({ upstream }: Target, { id }: GroupEntry, nowMs: number): void {
    const known = this.#groups.get(id);
    const untilMs = nowMs + busyTrialMs;
    known?.endpoints.get(endpointOf(upstream))?.triedElsewhere(untilMs);
    known?.services.get(upstream.serviceId)?.triedElsewhere(untilMs);
    known?.accounts.get(upstream.id)?.account.triedElsewhere(untilMs);
  }

  /** Everything that is held against anybody, for a process that joins this one. */
  held(): HeldGroup[] {
    return [...this.#groups].map(([groupId, { accounts, endpoints, services }]) => ({
      groupId,
      accounts: [...accounts].map(([id, { account }]) => [id, account.held()] as const).filter(([, rests]) => rests.length > 0),
      endpoints: [...endpoints].filter(([, one]) => one.hasMarks).map(([name, one]) => [name, one.held()] as const),
      services: [...services].filter(([, one]) => one.hasMarks).map(([id, one]) => [id, one.held()] as const),
    }));
  }

  hold({ accounts, endpoints, services }: HeldGroup, group: GroupEntry): void {
    const known = this.#known(group);
    const upstreams = new Map(group.services.flatMap((route) => route.upstreams.map((one) => [one.id, one] as const)));
    for (const [id, rests] of accounts) {
      const upstream = upstreams.get(id);
      if (!upstream) continue;
      const account = known.account(upstream);
      this.#accounts.set(id, account);
      account.hold(rests, upstream);
    }
    for (const [name, held] of endpoints) known.endpoint(name).hold(held);
    for (const [id, held] of services) known.service(id).hold(held);
  }

  #known(group: GroupEntry): GroupHealth {
    this.#rules.set(group.id, group.health);
    const before = this.#groups.get(group.id);
    if (before) return before;
    if (this.#groups.size >= groupsAtMost) this.#dropGroup();
    const made = new GroupHealth();
    this.#groups.set(group.id, made);
    return made;
  }

  #dropGroup(): void {
    const [first] = this.#groups.keys();
    if (first !== undefined) this.#forgetGroup(first);
  }

  #forgetGroup(id: string): void {
    for (const upstreamId of this.#groups.get(id)?.accounts.keys() ?? []) this.#accounts.delete(upstreamId);
    this.#groups.delete(id);
    this.#rules.delete(id);
  }

  /** A request moved on from one account to the next. */
  failedOver(from: Target, group: GroupEntry, reason: string, atMs: number): void {
    const { id: upstreamId, serviceId: service } = from.upstream;
    this.#signals.add({ kind: 'failed_over', atMs, groupId: group.id, service, upstreamId, reason, untilMs: null });
  }

  figures(upstreamId: string, nowMs = Date.now()): Figures {
    const account = this.#accounts.get(upstreamId);
    if (!account) return unknown;
    return { successRate: account.recent.successRate(nowMs), firstByteMs: account.recent.firstByteMs };
  }

  /** For the heartbeat. */
  snapshotOf(nowMs = Date.now()): ShownHealth {
    return showHealth(this.#groups, (id) => this.#rules.get(id), nowMs);
  }

  show(upstreamId: string, group: GroupEntry, nowMs: number): Shown | undefined {
    const known = this.#groups.get(group.id);
    const held = known?.accounts.get(upstreamId);
    if (!known || !held) return undefined;
    const health = showAccount(known, held.account, held.upstream, group.health, nowMs);
    return { health, row: held.account.recent.row };
  }

  drainSignals(atMost: number): Signal[] {
    return this.#signals.drain(atMost);
  }

  /** Groups that this node was asked to serve since it began. */
  groupIds(): readonly string[] {
    return [...this.#groups.keys()];
  }

  findAccount(upstreamId: string): Account | undefined {
    return this.#accounts.get(upstreamId);
  }

  /** Forgets what left the config. `findGroup` tells what is still there. */
  forget(findGroup: (id: string) => GroupEntry | undefined): void {
    for (const [id, known] of this.#groups) {
      const group = findGroup(id);
      if (!group) {
        this.#forgetGroup(id);
        continue;
      }
      const live = new Set(group.services.flatMap(({ upstreams }) => upstreams.map((upstream) => upstream.id)));
      for (const upstreamId of known.accounts.keys()) if (!live.has(upstreamId)) this.#accounts.delete(upstreamId);
      known.keep((upstreamId) => live.has(upstreamId));
    }
  }
}
