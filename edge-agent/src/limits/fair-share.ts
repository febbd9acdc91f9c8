import { WindowCounter } from './window-counter.ts';

/** Below this part of its limit a group gives whoever asks; above it, each active member has a share. */
const contestedFrom = 0.8;
const membersAtMost = 100_000;

export type ShareAnswer = { readonly ok: true } | { readonly ok: false; readonly ownShare: boolean; readonly waitMs: number };

/**
 * One limit that the members of a group use together. While there is plenty, anybody may use it; the last fifth is kept
 * for members who are below an equal share, so that nobody finds the window empty because one member was faster.
 */
export class FairShare {
  readonly #total: WindowCounter;
  readonly #byMember = new Map<string, WindowCounter>();

  constructor(windowMs: number) {
    this.#total = new WindowCounter(windowMs);
  }

  get windowMs(): number {
    return this.#total.windowMs;
  }

  used(nowMs: number): number {
    return this.#total.used(nowMs);
  }

  waitMs(most: number, nowMs: number): number {
    return this.#total.waitMs(most, nowMs);
  }

  /** May `member` use `amount` more? `reserved` is promised to requests under way and not in the window yet. */
  ask(member: string, amount: number, limit: number, nowMs: number, reserved = 0): ShareAnswer {
    const total = this.#total.used(nowMs) + reserved;
    if (total === 0) return { ok: true };
    if (total + amount > limit)
      return { ok: false, ownShare: false, waitMs: this.#total.waitMs(Math.max(0, limit - amount), nowMs) };
    if (total + amount <= limit * contestedFrom) return { ok: true };
    const own = this.#byMember.get(member);
    const share = limit / this.#activeWith(member, nowMs);
    if (!own || own.used(nowMs) + amount <= share) return { ok: true };
    const most = Math.max(0, share - amount);
    const waitMs = Math.min(own.waitMs(most, nowMs), this.#total.waitMs(Math.max(0, limit * contestedFrom - amount), nowMs));
    return { ok: false, ownShare: true, waitMs };
  }

  use(member: string, amount: number, nowMs: number): void {
    this.#total.add(amount, nowMs);
    let own = this.#byMember.get(member);
    if (!own) {
      if (this.#byMember.size >= membersAtMost) this.#byMember.clear();
      own = new WindowCounter(this.#total.windowMs);
      this.#byMember.set(member, own);
    }
    own.add(amount, nowMs);
  }

  /** Members with anything in the window, `member` included. */
  #activeWith(member: string, nowMs: number): number {
    let active = 0;
    for (const [id, counter] of this.#byMember) {
      if (counter.used(nowMs) > 0) active += 1;
      else this.#byMember.delete(id);
    }
    return this.#byMember.has(member) ? active : active + 1;
  }
}
