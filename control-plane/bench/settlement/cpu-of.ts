import { readdirSync, readFileSync } from 'node:fs';

const ticksPerS = 100;

interface Stat {
  readonly parent: number;
  readonly ownTicks: number;
  /** Of children that ended and were waited for. */
  readonly endedTicks: number;
}

/** Seconds of CPU that a process used so far. */
export function cpuOf(pid: number): number {
  return (statOf(pid)?.ownTicks ?? 0) / ticksPerS;
}

/** Seconds of CPU that a process and all its children used so far, those that ended included. */
export function cpuOfFamily(pid: number): number {
  const root = statOf(pid);
  let ticks = (root?.ownTicks ?? 0) + (root?.endedTicks ?? 0);
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    if (stat?.parent === pid) ticks += stat.ownTicks;
  }
  return ticks / ticksPerS;
}

function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0] = fields;
    const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
    return { parent, ownTicks: user + system, endedTicks: endedUser + endedSystem };
  } catch {
    return undefined;
  }
}
