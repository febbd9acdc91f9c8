import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { newDataDir, openTestLedger } from './test/open-test-ledger.ts';
import { readBooks, verifyBooks } from './test/read-books.ts';

const child = fileURLToPath(new URL('./test/load-child.ts', import.meta.url));
const kills = 10;

interface Promised {
  readonly intents: Set<string>;
  readonly seqByRequest: Map<string, number>;
  readonly fatal: string | undefined;
  readonly exitCode: number | null;
}

/** Runs a node under load; what it promised before it ended. */
function runLoad(dataDir: string, run: number, killAfterMs: number | undefined, fileKiB?: number): Promise<Promised> {
  const node = [process.execPath, child, dataDir, String(run)];
  const [command = '', ...args] =
    fileKiB === undefined ? node : ['bash', '-c', `ulimit -f ${fileKiB}; exec "$@"`, 'bash', ...node];
  const started = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  started.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  if (killAfterMs !== undefined) started.stdout.once('data', () => setTimeout(() => started.kill('SIGKILL'), killAfterMs));
  return new Promise((resolve) => {
    started.on('close', (exitCode) => {
      const lines = said.split('\n').slice(0, -1);
      const seqByRequest = new Map<string, number>();
      for (const [kind, request = '', seq] of lines.map((line) => line.split(' ')))
        if (kind === 's') seqByRequest.set(request, Number(seq));
      const intents = new Set(lines.filter((line) => line.startsWith('i ')).map((line) => line.slice(2)));
      resolve({ intents, seqByRequest, fatal: lines.find((line) => line.startsWith('f ')), exitCode });
    });
  });
}

/** Every promise is kept: rows where they were said to be, the rest lost, nothing twice, chain and sums whole. */
async function checkBooks(dataDir: string, promised: Promised): Promise<{ lost: number }> {
  const { ledger, lines } = await openTestLedger({ dataDir, nowMs: Date.now });
  expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
  const head = ledger.head().seq;
  expect(verifyBooks(dataDir)).toBe(head);
  const rows = readBooks(dataDir, 'SELECT seq, request_id, status FROM edge_usage_rows ORDER BY seq');
  expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, at) => at + 1));
  const rowByRequest = new Map(rows.map((row) => [String(row['request_id']), row]));
  expect(rowByRequest.size).toBe(rows.length);
  for (const [request, seq] of promised.seqByRequest) expect(rowByRequest.get(request)).toMatchObject({ seq, status: 'ok' });
  for (const request of promised.intents) expect(rowByRequest.get(request)).toBeDefined();
  const filter = { group_ids: null, key_ids: null, user_ids: null, services: null };
  const edges = [new Date(0).toISOString(), new Date(Date.now() + 60_000).toISOString()];
  const answer = await ledger.ask({ question_id: 'q', edges, by: [], filter, deadline_ms: 10_000 });
  expect(answer).toMatchObject({ outcome: 'complete', last_seq: head, rows: head });
  await ledger.close();
  const lost = rows.filter(({ status }) => status === 'lost');
  expect(answer.cells[0]).toMatchObject({ requests: head, lost: lost.length });
  return { lost: lost.length };
}

describe('the ledger of a node', () => {
  it('keeps every promise when the node is killed under load', async () => {
    const dataDir = newDataDir();
    let settled = 0;
    let lost = 0;
    for (let run = 0; run < kills; run += 1) {
      const promised = await runLoad(dataDir, run, 20 + Math.random() * 400);
      settled += promised.seqByRequest.size;
      ({ lost } = await checkBooks(dataDir, promised));
    }
    expect(settled).toBeGreaterThan(kills * 100);
    expect(lost).toBeGreaterThan(kills);
  });

  it('stops the node with exit code 70 when the disk fails, and keeps what was promised before', async () => {
    const dataDir = newDataDir();
    const promised = await runLoad(dataDir, 0, undefined, 2048);
    expect(promised.fatal).toMatch(/SQLITE_IOERR/);
    expect(promised.exitCode).toBe(70);
    expect(promised.seqByRequest.size).toBeGreaterThan(100);
    await checkBooks(dataDir, promised);
  });
});
