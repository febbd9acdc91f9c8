import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * Keeps the memory of this process, and of its children, from being written to a disk when it crashes: opened secrets are in
 * it. False where the system does not let us; a service manager can (`LimitCORE=0`).
 */
export function forbidCoreDumps(pid: number = process.pid): boolean {
  if (process.platform !== 'linux') return false;
  try {
    execFileSync('prlimit', ['--pid', String(pid), '--core=0:0'], { timeout: 2_000, stdio: 'ignore' });
  } catch {
    // Not installed, or the limit is 0 and may not be named again: what counts is what it is.
  }
  try {
    return /^Max core file size\s+0\s/m.test(readFileSync(`/proc/${pid}/limits`, 'utf8'));
  } catch {
    return false;
  }
}
