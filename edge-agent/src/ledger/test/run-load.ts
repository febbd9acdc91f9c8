import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { openTestLedger } from './open-test-ledger.ts';
import { readBooks, verifyBooks } from './read-books.ts';

const child = fileURLToPath(new URL('./load-child.ts', import.meta.url));

const longestMs = 60_000;

export interface Said {
  readonly intents: Set<string>;
  readonly seqByRequest: Map<string, number>;
  /** `to` and chain of every batch, by `from`, in the order in which they were offered. */
  readonly batches: readonly { readonly from: number; readonly to: number; readonly chain: string }[];
  readonly fatal: string | undefined;
  readonly exitCode: number | null;
}

interface Load {
  readonly dataDir: string;
  readonly run: number;
  readonly killAfterMs?: number;
  /** Stands before the command line of the node. */
  readonly under?: readonly string[];
  /** Options of the ledger that are JSON. */
  readonly options?: object;
  /** Called at the first line, to do something to the running node. */
  readonly during?: (said: () => string) => Promise<unknown>;
}

/** Runs a node under load; what it promised before it ended. */
export function runLoad({ dataDir, run, killAfterMs, under = [], options = {}, during }: Load): Promise<Said> {
  const [command = '', ...args] = [...under, process.execPath, child, dataDir, String(run), JSON.stringify(options)];
  const started = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  const kill = () => started.pid !== undefined && started.exitCode === null && process.kill(-started.pid, 'SIGKILL');
  let text = '';
  started.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more;
  });
  const bound = setTimeout(kill, longestMs);
  return new Promise((resolve, reject) => {
    started.stdout.once('data', () => {
      if (killAfterMs !== undefined) setTimeout(kill, killAfterMs);
      during?.(() => text).then(kill, (error) => {
        kill();
        reject(error);
      });
    });
    started.on('close', (exitCode) => {
      clearTimeout(bound);
      resolve(said(text, exitCode));
    });
  });
}

function said(text: string, exitCode: number | null): Said {
  const lines = text.split('\n').slice(0, -1);
  const of = (kind: string) => lines.filter((line) => line.startsWith(`${kind} `)).map((line) => line.split(' ').slice(1));
  return {
    intents: new Set(of('i').map(([request = '']) => request)),
    seqByRequest: new Map(of('s').map(([request = '', seq]) => [request, Number(seq)])),
    batches: of('b').map(([from, to, chain = '']) => ({ from: Number(from), to: Number(to), chain })),
    fatal: lines.find((line) => line.startsWith('f ')),
    exitCode,
  };
}

/** Every promise is kept: rows where they were said to be, the rest lost, nothing twice; chain, sums, slices and batches whole. */
export async function checkBooks(dataDir: string, promised: Said): Promise<{ lost: number }> {
  const { ledger, lines } = await openTestLedger({ dataDir, nowMs: Date.now });
  expect(lines.filter(({ level, message }) => level === 'error' && !message.includes('twice'))).toEqual([]);
  const head = ledger.head().seq;
  expect(verifyBooks(dataDir)).toBe(head);
  const rows = readBooks(dataDir, 'SELECT seq, request_id, status, hex(chain) AS chain FROM edge_usage_rows ORDER BY seq');
  expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, at) => at + 1));
  const rowByRequest = new Map(rows.map((row) => [String(row['request_id']), row]));
  expect(rowByRequest.size).toBe(rows.length);
  for (const [request, seq] of promised.seqByRequest) expect(rowByRequest.get(request)).toMatchObject({ seq, status: 'ok' });
  for (const request of promised.intents) expect(rowByRequest.get(request)).toBeDefined();
  for (const { to, chain } of promised.batches) expect(rows[to - 1]?.['chain']).toBe(chain.toUpperCase());
  expect(new Set(promised.batches.map(({ from }) => from)).size).toBe(new Set(promised.batches.map(({ to }) => to)).size);
  const filter = { group_ids: null, key_ids: null, user_ids: null, services: null };
  const edges = [new Date(0).toISOString(), new Date(Date.now() + 60_000).toISOString()];
  const answer = await ledger.ask({ question_id: 'q', edges, by: [], filter, deadline_ms: 10_000 });
  expect(answer).toMatchObject({ outcome: 'complete', last_seq: head, rows: head });
  await ledger.close();
  const lost = rows.filter(({ status }) => status === 'lost').length;
  expect(answer.cells[0]).toMatchObject({ requests: head, lost });
  const [spent] = readBooks(dataDir, 'SELECT SUM(spent) AS spent FROM edge_spent');
  expect(spent).toEqual({ spent: (head - lost) * 3 + lost * 5 });
  return { lost };
}
