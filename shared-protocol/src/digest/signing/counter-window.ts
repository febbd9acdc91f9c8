/**
 * Which counters of a key were used: the highest one, and those up to `counterWindow` below it. A node has calls under
 * way at the same time, so they arrive out of order; what is older than the window counts as used.
 */
export interface CounterWindow {
  readonly high: number;
  /** Bit 0: `high` itself, bit n: the counter n below it. */
  readonly seen: bigint;
}

export const counterWindow = 256;
export const noCounters: CounterWindow = { high: 0, seen: 0n };

const mask = (1n << BigInt(counterWindow)) - 1n;

/** Takes a counter; undefined when it was used or is too old. The control plane does the same in one SQL statement. */
export function takeCounter(window: CounterWindow, counter: number): CounterWindow | undefined {
  if (!Number.isSafeInteger(counter) || counter < 1) return undefined;
  if (counter > window.high) {
    const ahead = counter - window.high;
    const moved = ahead >= counterWindow ? 0n : (window.seen << BigInt(ahead)) & mask;
    return { high: counter, seen: moved | 1n };
  }
  const behind = window.high - counter;
  if (behind >= counterWindow) return undefined;
  const bit = 1n << BigInt(behind);
  return (window.seen & bit) === 0n ? { high: window.high, seen: window.seen | bit } : undefined;
}
