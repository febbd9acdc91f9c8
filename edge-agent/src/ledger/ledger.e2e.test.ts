import { describe, expect, it } from 'vitest';
import { newDataDir } from './test/open-test-ledger.ts';
import { checkBooks, runLoad } from './test/run-load.ts';

const kills = 10;

describe('the ledger of a node', () => {
  it('keeps every promise when the node is killed under load', async () => {
    const dataDir = newDataDir();
    let settled = 0;
    let lost = 0;
    const batches: unknown[] = [];
    for (let run = 0; run < kills; run += 1) {
      // The last one lives until it can have offered a batch, on a busy machine too.
      const killAfterMs = run === kills - 1 ? 3_000 : 20 + Math.random() * 400;
      const promised = await runLoad({ dataDir, run, killAfterMs });
      settled += promised.seqByRequest.size;
      batches.push(...promised.batches);
      ({ lost } = await checkBooks(dataDir, promised));
    }
    expect(settled).toBeGreaterThan(kills * 100);
    expect(lost).toBeGreaterThan(kills);
    expect(batches.length).toBeGreaterThan(0);
  });

  it('stops the node with exit code 70 when the disk fails, and keeps what was promised before', async () => {
    const dataDir = newDataDir();
    const under = ['bash', '-c', 'ulimit -f 2048; exec "$@"', 'bash'];
    const promised = await runLoad({ dataDir, run: 0, under });
    expect(promised.fatal).toMatch(/SQLITE_IOERR/);
    expect(promised.exitCode).toBe(70);
    expect(promised.seqByRequest.size).toBeGreaterThan(100);
    await checkBooks(dataDir, promised);
  });
});
