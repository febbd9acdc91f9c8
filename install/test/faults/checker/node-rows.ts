import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { emptyChain, nextChain } from '../../../../edge-agent/src/ledger/store/chain.ts';
import { rowColumns } from '../../../../edge-agent/src/ledger/store/columns.ts';

/** One row of a node's books, as far as the checker compares it. */
export interface NodeRow {
  readonly book: string;
  readonly seq: number;
  readonly requestId: string;
  readonly attempt: number;
  readonly final: boolean;
  readonly status: string;
  readonly input: number;
  readonly output: number;
  readonly tokens: number;
  readonly costNanoUsd: number;
  readonly estimated: boolean;
  readonly endedAtMs: number;
  /** What went wrong with the attempt, in the words of the books. */
  readonly errorType: string | null;
  readonly upstreamRequestId: string | null;
  /** What totals of the centre keep apart. */
  readonly account: string;
  /** [win, amount] of every budget that counts it. */
  readonly charges: readonly (readonly [number, number])[];
  /** Head of the hash chain behind this row, hex. */
  readonly chain: string;
}

/** One window of a budget, as the file keeps it. */
export interface NodeSlice {
  readonly win: number;
  readonly granted: number;
  readonly returned: number;
  readonly spent: number;
}

export interface Book {
  readonly path: string;
  readonly name: string;
  readonly rows: readonly NodeRow[];
  readonly slices: readonly NodeSlice[];
  /** Empty: every row is chained to the one before it, without a gap. */
  readonly faults: readonly string[];
}

/** Every ledger file below a data folder, also of workers and those that were set aside; read without touching them. */
export function readBooks(dataDir: string): Book[] {
  return existsSync(dataDir) && statSync(dataDir).isDirectory() ? ledgerFiles(dataDir).map(readBook) : [];
}

export function readRows(dataDirs: readonly string[]): NodeRow[] {
  return dataDirs.flatMap(readBooks).flatMap(({ rows }) => rows);
}

export function ledgerFiles(dataDir: string): string[] {
  return readdirSync(dataDir, { withFileTypes: true, recursive: true })
    .filter(
      (entry) =>
        entry.isFile() && /^ledger.*\.db(\.|$)/.test(entry.name) && !/-(wal|shm|journal)$|\.(json|emergency)$/.test(entry.name),
    )
    .map((entry) => join(entry.parentPath, entry.name));
}

/** How far a ledger file goes: all that is asked while one waits, for this process also carries what is waited for. */
export interface BookHead {
  readonly path: string;
  readonly name: string;
  readonly seq: number;
}

export function readHeads(dataDir: string): BookHead[] {
  return ledgerFiles(dataDir).map((path) => {
    const db = new Database(path, { readonly: true, timeout: 5_000 });
    try {
      const seq = Number(db.prepare('SELECT max(seq) FROM edge_usage_rows').pluck().get() ?? 0);
      return { path, name: nameOf(db), seq };
    } finally {
      db.close();
    }
  });
}

function nameOf(db: Database.Database): string {
  return String(db.prepare(`SELECT value FROM ledger_meta WHERE name = 'incarnation'`).pluck().get());
}

type Stored = Record<string, string | number | null> & { readonly seq: number };

function readBook(path: string): Book {
  const db = new Database(path, { readonly: true, timeout: 5_000 });
  try {
    const name = nameOf(db);
    const columns = `seq, ${rowColumns.join(', ')}, charges, hex(chain) AS chain`;
    const stored = db.prepare<[], Stored>(`SELECT ${columns} FROM edge_usage_rows ORDER BY seq`).all();
    const slices = db
      .prepare<[], NodeSlice>(
        `SELECT win, granted, returned, coalesce(spent, 0) AS spent FROM edge_slices LEFT JOIN edge_spent USING (win)`,
      )
      .all();
    return { path, name, rows: stored.map((row) => toRow(name, row)), slices, faults: followChain(db, path) };
  } finally {
    db.close();
  }
}

function followChain(db: Database.Database, path: string): string[] {
  const base = db.prepare(`SELECT value FROM ledger_meta WHERE name = 'base_seq'`).pluck().get();
  let seq = Number(base ?? 0);
  let chain: Buffer = emptyChain;
  const baseChain = db.prepare(`SELECT value FROM ledger_meta WHERE name = 'base_chain'`).pluck().get();
  if (Buffer.isBuffer(baseChain)) chain = baseChain;
  const all = db
    .prepare<[], unknown[]>(`SELECT seq, chain, charges, ${rowColumns.join(', ')} FROM edge_usage_rows ORDER BY seq`)
    .raw();
  for (const [rowSeq, rowChain, charges, ...values] of all.iterate()) {
    seq += 1;
    if (rowSeq !== seq) return [`${path}: row ${seq} is missing`];
    chain = nextChain(chain, seq, JSON.stringify(charges === null ? values : [...values, charges]));
    if (!Buffer.isBuffer(rowChain) || !chain.equals(rowChain)) return [`${path}: row ${seq} is not chained to the one before it`];
  }
  return [];
}

function toRow(book: string, row: Stored): NodeRow {
  const number = (name: string) => Number(row[name] ?? 0);
  const input = number('input') + number('cache_read') + number('cache_write_5m') + number('cache_write_1h');
  return {
    book,
    seq: row.seq,
    requestId: String(row['request_id']),
    attempt: number('attempt'),
    final: row['final'] === 1,
    status: String(row['status']),
    input,
    output: number('output'),
    tokens: input + number('output') + number('thinking'),
    costNanoUsd: number('cost_nano_usd'),
    estimated: row['estimated'] === 1,
    endedAtMs: number('ended_at_ms'),
    errorType: row['error_type'] === null ? null : String(row['error_type']),
    upstreamRequestId: row['upstream_request_id'] === null ? null : String(row['upstream_request_id']),
    account: accountOf(row),
    charges: JSON.parse(String(row['charges'] ?? '[]')),
    chain: String(row['chain']).toLowerCase(),
  };
}

const hourMs = 3_600_000;

function accountOf(row: Stored): string {
  const hour = new Date(Math.floor(Number(row['ended_at_ms']) / hourMs) * hourMs).toISOString();
  const parts = ['group_id', 'user_id', 'key_id', 'service', 'model', 'upstream_id'].map((name) => row[name]);
  return [hour, ...parts].join(' ');
}
