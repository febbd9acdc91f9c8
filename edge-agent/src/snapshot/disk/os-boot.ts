import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import type { Clocks, OsBoot } from '../contact.ts';

/** This run of the operating system: another one after a reboot, the same after a restart of this program. */
function thisBoot(): OsBoot {
  return { id: bootId(), upMs: () => Number(process.hrtime.bigint() / 1_000_000n) };
}

/** Those that a program runs by; tests bring their own. */
export const systemClocks: Clocks = { nowMs: Date.now, monotonicMs: () => performance.now(), boot: thisBoot() };

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Where the system does not name its runs, the minute in which it began does.
    return `since ${Math.round((Date.now() / 1000 - uptime()) / 60)}`;
  }
}
