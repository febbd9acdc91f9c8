import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export const wornOut = 'the disk failed twice within ten minutes; "aicarpool-edge doctor" says what to do';
const withinMs = 600_000;

interface Failure {
  readonly at_ms: number;
  readonly reason: string;
}

/** One line for each time the disk failed under the books. Deleting it is how an operator says that the disk is well again. */
export function failuresPath(dataDir: string): string {
  return join(dataDir, 'ledger.failures');
}

/** As well as a failing disk can: what cannot be written is not there after the restart either. */
export function recordFailure(dataDir: string, nowMs: number, reason: string): void {
  try {
    const file = openSync(failuresPath(dataDir), 'a', 0o600);
    try {
      writeSync(file, `${JSON.stringify({ at_ms: nowMs, reason: reason.slice(0, 300) } satisfies Failure)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch {
    // The log of the node says it too.
  }
}

export function readFailures(dataDir: string): Failure[] {
  try {
    const lines = readFileSync(failuresPath(dataDir), 'utf8').split('\n');
    return lines.filter((line) => line.startsWith('{') && line.endsWith('}')).map((line): Failure => JSON.parse(line));
  } catch {
    return [];
  }
}

/** Two failures within ten minutes: starting again does not help, and the next rows would be at risk. */
export function isWornOut(failures: readonly Failure[]): boolean {
  return failures.some(({ at_ms }, at) => Math.abs(at_ms - (failures[at - 1]?.at_ms ?? Number.NEGATIVE_INFINITY)) <= withinMs);
}
