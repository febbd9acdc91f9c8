import { ProxyFailed, reasonOf } from './proxy-failed.ts';

const failuresAtMost = 2;
const firstRestMs = 5_000;
const restAtMostMs = 300_000;
const restAfterAuthMs = 60_000;

export type Change = { readonly kind: 'proxy_down' | 'proxy_back'; readonly reason: string; readonly untilMs: number | null };

/**
 * Whether a proxy may be used. Two failures in a row put it out, one that more tries cannot mend at once. It comes
 * back by a check alone, which waits twice as long each time it fails.
 */
export class WellBeing {
  #failures = 0;
  #rests = 0;
  #until: number | undefined;

  get isWell(): boolean {
    return this.#until === undefined;
  }

  /** When the next check is due; undefined while it is well. */
  get checkAtMs(): number | undefined {
    return this.#until;
  }

  failed(error: Error, nowMs: number): Change | undefined {
    const blame = error instanceof ProxyFailed ? error.blame : undefined;
    if (blame === 'full' || blame === 'here' || this.#until !== undefined) return undefined;
    this.#failures += 1;
    const isHopeless = blame === 'auth' || blame === 'rules';
    if (!isHopeless && this.#failures < failuresAtMost) return undefined;
    this.#rest(isHopeless ? restAfterAuthMs : firstRestMs, nowMs);
    return { kind: 'proxy_down', reason: reasonOf(error), untilMs: this.#until ?? null };
  }

  connected(): Change | undefined {
    this.#failures = 0;
    if (this.#until === undefined) return undefined;
    this.#until = undefined;
    this.#rests = 0;
    return { kind: 'proxy_back', reason: 'connected', untilMs: null };
  }

  checkFailed(nowMs: number): void {
    this.#rest(firstRestMs, nowMs);
  }

  #rest(atLeastMs: number, nowMs: number): void {
    this.#until = nowMs + Math.max(atLeastMs, Math.min(restAtMostMs, firstRestMs * 2 ** this.#rests));
    this.#rests = Math.min(this.#rests + 1, 10);
  }
}
