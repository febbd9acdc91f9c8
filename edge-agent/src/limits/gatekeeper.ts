import type { Refusal } from '@aicarpool/shared-protocol';
import { FairShare } from './fair-share.ts';
import type { Entrance, Gate, Guest, Knock } from './gate.ts';
import { type Headroom, tightest } from './headroom.ts';
import type { SharedLimit, SharedUnit, Shares, Whose } from './shares.ts';
import { type Entry, Turnstile, type TurnstileLimits, type Visitor } from './turnstile.ts';
import type { WindowCounter } from './window-counter.ts';
import { WindowTable } from './window-table.ts';

export type { Guest, Knock } from './gate.ts';

/** A window that a request must fit: of the key, of the member, or of the group, which its members share. */
interface Window {
  readonly whose: 'key' | 'member' | 'group';
  readonly most: number;
  readonly windowMs: number;
}

const minuteMs = 60_000;
const sharedAtMost = 50_000;
const defaults: TurnstileLimits = { waitingPerGroup: 500, waitMs: 30_000 };
const letIn: Knock = { ok: true };
/** Other nodes have all of it: by then a part of it is here. */
const elsewhereMs = 2_000;

/**
 * Holds the limits of groups, members and keys on this node: requests and tokens per window, requests at once.
 * In memory only; what is refused counts nowhere.
 */
export class Gatekeeper implements Gate {
  readonly turnstile: Turnstile;
  readonly #windows = new WindowTable();
  readonly #shared = new Map<string, FairShare>();
  readonly #promised = new Map<string, number>();

  readonly #shares: Shares | undefined;

  /** `shares`: where other nodes keep the same limits; undefined: this node has all of each. */
  constructor(limits: Partial<TurnstileLimits> = {}, shares?: Shares, nowMs: () => number = () => performance.now()) {
    this.#shares = shares;
    if (!shares) {
      this.turnstile = new Turnstile({ ...defaults, ...limits });
      return;
    }
    const atOnce = (whose: Whose, visitor: Visitor, limit: number): SharedLimit => {
      const id = whose === 'group' ? visitor.groupId : whose === 'member' ? visitor.userId : visitor.keyId;
      return { group: visitor.groupId, whose, id, unit: 'concurrency', limit };
    };
    this.turnstile = new Turnstile(
      { ...defaults, ...limits },
      {
        most: (whose, visitor, limit, wanted) => shares.mostAtOnce(atOnce(whose, visitor, limit), wanted, nowMs()),
        counted: (whose, visitor, inside) => shares.inside(atOnce(whose, visitor, 0), inside),
      },
    );
    shares.onChange = () => this.turnstile.widened();
  }

  /** The part of a window that this node has now. */
  #most(unit: SharedUnit, guest: Guest, { whose, most }: Window, nowMs: number): number {
    return this.#shares?.most(sharedLimit(unit, guest, whose, most), nowMs) ?? most;
  }

  enter(
    guest: Guest,
    urgent: boolean,
    nowMs: number,
    onGone: (hangUp: (() => void) | undefined) => void,
  ): Entrance | Promise<Entrance> {
    const knock = this.countRequest(guest, nowMs);
    if (!knock.ok) return knock;
    const visitor = this.visitor(guest, urgent);
    return this.turnstile.tryEnter(visitor) ? { ok: true, visitor } : this.#waitForTurn(visitor, onGone);
  }

  leave(visitor: Visitor): void {
    this.turnstile.leave(visitor);
  }

  async #waitForTurn(visitor: Visitor, onGone: (hangUp: (() => void) | undefined) => void): Promise<Entrance> {
    const entry = await this.turnstile.wait(visitor, onGone);
    onGone(undefined);
    if (entry === 'in') return { ok: true, visitor };
    const refusal = refusalOf(entry, visitor);
    return refusal && { ok: false, refusal };
  }

  /** Counts one request against every request window of the guest, or says which one is full. */
  countRequest(guest: Guest, nowMs: number): Knock {
    const windows = requestWindows(guest);
    for (const window of windows) {
      const refusal = this.#ask('requests', guest, window, 1, nowMs);
      if (refusal) return { ok: false, refusal };
    }
    for (const window of windows) this.#use('requests', guest, window, 1, nowMs);
    return letIn;
  }

  /** Promises `estimate` tokens to a request; its end is told by `useTokens`. */
  promiseTokens(guest: Guest, estimate: number, nowMs: number): Knock {
    const windows = tokenWindows(guest);
    for (const window of windows) {
      const refusal = this.#ask('tokens', guest, window, estimate, nowMs);
      if (refusal) return { ok: false, refusal };
    }
    for (const { whose } of windows) this.#promise(guest, whose, estimate);
    return letIn;
  }

  /** The request has ended: what it used takes the place of what it was promised. */
  useTokens(guest: Guest, promised: number, used: number, nowMs: number): void {
    for (const window of tokenWindows(guest)) {
      this.#promise(guest, window.whose, -promised);
      this.#use('tokens', guest, window, used, nowMs);
    }
  }

  visitor({ key, group }: Guest, urgent: boolean): Visitor {
    return {
      groupId: group.id,
      userId: key.userId,
      keyId: key.id,
      groupMost: group.limits.concurrency,
      userMost: group.memberLimits.concurrency,
      keyMost: key.concurrency,
      urgent,
    };
  }

  /** The tightest request window and the tightest token window; undefined where there is none. */
  headroom(guest: Guest, nowMs: number): Headroom {
    const requests = requestWindows(guest);
    const tokens = tokenWindows(guest);
    if (requests === none && tokens === none) return unlimited;
    const roomOf = (unit: 'requests' | 'tokens', windows: readonly Window[]) =>
      tightest(
        windows.map((window) => {
          const counter = this.#counter(unit, guest, window);
          const promised = this.#promisedTo(unit, guest, window.whose);
          const used = counter.used(nowMs) + promised;
          const { windowMs } = window;
          const limit = this.#most(unit, guest, window, nowMs);
          const wholeInMs = used === 0 ? 0 : promised > 0 ? windowMs : counter.waitMs(0, nowMs);
          return { limit, remaining: Math.max(0, Math.floor(limit - used)), windowMs, wholeInMs };
        }),
      );
    return { requests: roomOf('requests', requests), tokens: roomOf('tokens', tokens) };
  }

  #ask(unit: 'requests' | 'tokens', guest: Guest, window: Window, amount: number, nowMs: number): Refusal | undefined {
    const reserved = this.#promisedTo(unit, guest, window.whose);
    const { whose, most: limit, windowMs } = window;
    this.#shares?.used(sharedLimit(unit, guest, whose, limit), amount, windowMs, nowMs);
    const most = this.#most(unit, guest, window, nowMs);
    if (most === 0) return tooMany(unit, window, elsewhereMs, true);
    if (window.whose === 'group') {
      const answer = this.#share(unit, guest, window).ask(guest.key.userId, amount, most, nowMs, reserved);
      return answer.ok ? undefined : tooMany(unit, window, answer.waitMs, answer.ownShare);
    }
    const counter = this.#windows.of(nameOf(unit, guest, window.whose), window.windowMs);
    const used = counter.used(nowMs) + reserved;
    // A request larger than a whole window could never start: it may, alone.
    if (used === 0 || used + amount <= most) return undefined;
    return tooMany(unit, window, counter.waitMs(Math.max(0, most - amount), nowMs), most < limit);
  }

  #use(unit: 'requests' | 'tokens', guest: Guest, window: Window, amount: number, nowMs: number): void {
    if (window.whose === 'group') this.#share(unit, guest, window).use(guest.key.userId, amount, nowMs);
    else this.#windows.of(nameOf(unit, guest, window.whose), window.windowMs).add(amount, nowMs);
  }

  #counter(unit: 'requests' | 'tokens', guest: Guest, window: Window): WindowCounter | FairShare {
    if (window.whose === 'group') return this.#share(unit, guest, window);
    return this.#windows.of(nameOf(unit, guest, window.whose), window.windowMs);
  }

  #share(unit: 'requests' | 'tokens', guest: Guest, { windowMs }: Window): FairShare {
    const name = nameOf(unit, guest, 'group');
    const known = this.#shared.get(name);
    if (known?.windowMs === windowMs) return known;
    if (this.#shared.size >= sharedAtMost) this.#shared.clear();
    const fresh = new FairShare(windowMs);
    this.#shared.set(name, fresh);
    return fresh;
  }

  #promisedTo(unit: 'requests' | 'tokens', guest: Guest, whose: Window['whose']): number {
    return unit === 'tokens' ? (this.#promised.get(nameOf('tokens', guest, whose)) ?? 0) : 0;
  }

  #promise(guest: Guest, whose: Window['whose'], amount: number): void {
    const name = nameOf('tokens', guest, whose);
    const sum = (this.#promised.get(name) ?? 0) + amount;
    if (sum > 0) this.#promised.set(name, sum);
    else this.#promised.delete(name);
  }
}

/** What a refused entry tells its caller; undefined: he is in, or gone. */
export function refusalOf(entry: Entry, visitor: Visitor): Refusal | undefined {
  if (entry === 'in' || entry === 'gone') return undefined;
  const most = [visitor.keyMost, visitor.userMost, visitor.groupMost].filter((one) => one !== null);
  const many = Math.min(...most);
  const why = entry === 'full' ? 'and too many wait already' : 'and none of them ended in time';
  const message = `at most ${many} requests may run at once here, ${why}; send fewer at a time`;
  return { code: 'too_many_at_once', message, retryAfterSeconds: entry === 'full' ? 5 : 1 };
}

/** Most guests have no limit of a kind: for them nothing is made. */
const none: readonly Window[] = [];
const unlimited: Headroom = { requests: undefined, tokens: undefined };

function requestWindows({ key, group }: Guest): readonly Window[] {
  if (!key.rateLimit && !group.memberLimits.requests && !group.limits.requests) return none;
  const windows: Window[] = [];
  const add = (whose: Window['whose'], limit: { readonly requests: number; readonly windowMs: number } | null) => {
    if (limit) windows.push({ whose, most: limit.requests, windowMs: limit.windowMs });
  };
  add('key', key.rateLimit);
  add('member', group.memberLimits.requests);
  add('group', group.limits.requests);
  return windows;
}

function tokenWindows({ key, group }: Guest): readonly Window[] {
  const { tokensPerMinute } = key;
  if (tokensPerMinute === null && group.memberLimits.tokensPerMinute === null && group.limits.tokensPerMinute === null)
    return none;
  const windows: Window[] = [];
  const add = (whose: Window['whose'], most: number | null) => {
    if (most !== null) windows.push({ whose, most, windowMs: minuteMs });
  };
  add('key', tokensPerMinute);
  add('member', group.memberLimits.tokensPerMinute);
  add('group', group.limits.tokensPerMinute);
  return windows;
}

function sharedLimit(unit: SharedUnit, { key, group }: Guest, whose: Whose, limit: number): SharedLimit {
  const id = whose === 'key' ? key.id : whose === 'member' ? key.userId : group.id;
  return { group: group.id, whose, id, unit, limit };
}

function nameOf(unit: string, { key, group }: Guest, whose: Window['whose']): string {
  if (whose === 'key') return `${unit}|${key.id}`;
  return whose === 'group' ? `${unit}|${group.id}` : `${unit}|${group.id}|${key.userId}`;
}

const owners = { key: 'this API key', member: 'each member of this group', group: 'this group' };

function tooMany(unit: 'requests' | 'tokens', window: Window, waitMs: number, ownShare: boolean): Refusal {
  const { whose, most, windowMs } = window;
  const verb = unit === 'requests' ? 'send' : 'use';
  const share = ownShare ? ', and others need the rest of it' : '';
  const message = `${owners[whose]} may ${verb} ${most} ${unit} in ${windowMs / 1000} s${share}`;
  return {
    code: unit === 'requests' ? 'rate_limited' : 'tokens_limited',
    message,
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
  };
}
