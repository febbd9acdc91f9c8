import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { settlementRecord } from './settlement-record.ts';

/** `status.json` in the data folder: what a running node says about itself every few seconds, for `status` and `doctor`. */
const nodeRecord = z.object({
  state: z.enum(['running', 'draining', 'stopped']),
  pid: z.int(),
  started_at: z.string(),
  written_at: z.string(),
  listen: z.string(),
  build: z.string(),
  config: z.object({
    epoch: z.string(),
    version: z.int(),
    slot: z.enum(['current', 'previous']),
    keys: z.int(),
    groups: z.int(),
    rejects: z.int(),
    last_contact_at: z.string().nullable(),
  }),
  uplink: z.object({
    session_no: z.int().nullable(),
    streaming: z.boolean(),
    failure: z.string().nullable(),
    clock_offset_ms: z.number().nullable(),
  }),
  ledger: z.object({ incarnation: z.string(), seq: z.int(), chain: z.string() }),
  /** null: written by an older build. */
  settlement: settlementRecord.nullable().default(null),
  active_requests: z.int(),
  /** None: the process itself serves. */
  workers: z
    .array(
      z.object({
        slot: z.int(),
        pid: z.int().nullable(),
        state: z.enum(['starting', 'serving', 'draining', 'resting']),
        restarts: z.int(),
        failures: z.int(),
        connections: z.int(),
        active_requests: z.int(),
        ledger: z.object({ incarnation: z.string(), seq: z.int(), chain: z.string() }).nullable(),
      }),
    )
    .default([]),
});
export type NodeRecord = z.infer<typeof nodeRecord>;

/** A running node writes every 2 s; one that has been silent for longer than this is dead or stuck. */
const silentAfterMs = 20_000;

export function writeRecord(dataDir: string, record: NodeRecord): void {
  const path = join(dataDir, 'status.json');
  writeFileSync(`${path}.tmp`, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

export function findRecord(dataDir: string): NodeRecord | undefined {
  try {
    return nodeRecord.parse(JSON.parse(readFileSync(join(dataDir, 'status.json'), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Is the process that wrote the record still there and writing? */
export function isAlive(record: NodeRecord, nowMs: number): boolean {
  if (record.state === 'stopped' || nowMs - Date.parse(record.written_at) > silentAfterMs) return false;
  try {
    process.kill(record.pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The mark of a node that was driven out: it stays down, whoever restarts it, until a person decides. */
export const fencedMark = {
  find(dataDir: string): string | undefined {
    const path = join(dataDir, 'fenced');
    return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
  },
  write(dataDir: string, at: string): void {
    writeFileSync(join(dataDir, 'fenced'), `${at}\n`, { mode: 0o600 });
  },
  clear(dataDir: string): void {
    rmSync(join(dataDir, 'fenced'), { force: true });
  },
};
