import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { newDataDir, openTestLedger } from '../test/open-test-ledger.ts';
import { checkBooks, runLoad } from '../test/run-load.ts';
import { ballastPath } from './ballast.ts';
import { emergencyPath } from './emergency-log.ts';
import { readFailures } from './failures.ts';
import { preallocate } from './preallocate.ts';

const canTrace = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;
const traced = (inject: string) => [
  'strace',
  '-f',
  '--seccomp-bpf',
  '-o',
  '/dev/null',
  '-e',
  'trace=fsync,fdatasync',
  '-e',
  `inject=${inject}`,
];

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

// strace is on developers' Linux machines and in CI; elsewhere these cannot be made to happen.
describe.skipIf(!canTrace)('on a disk whose flushes', { timeout: 90_000 }, () => {
  it('fail, the node leaves with exit code 70; its chain is whole; the second time within ten minutes it stays, drained', async () => {
    const dataDir = newDataDir();
    for (const run of [1, 2]) {
      const promised = await runLoad({ dataDir, run, under: traced('fsync,fdatasync:error=EIO:when=60+') });
      expect(promised.fatal).toMatch(/SQLITE_IOERR_FSYNC/);
      expect(promised.exitCode).toBe(70);
      expect(promised.seqByRequest.size).toBeGreaterThan(20);
      expect(readFailures(dataDir)).toHaveLength(run);
      await checkBooks(dataDir, promised);
    }
    const { ledger } = await openTestLedger({ dataDir, nowMs: Date.now });
    expect(ledger.accepting()).toEqual({ ok: false, reason: expect.stringContaining('doctor') });
    expect(await ledger.settling.nextBatch()).not.toBeNull();
  });

  it.each([20, 500])('take %s ms, requests wait, and nothing is lost', async (ms) => {
    const dataDir = newDataDir();
    const under = traced(`fsync,fdatasync:delay_exit=${ms * 1000}`);
    const during = () => sleep(3000 + ms * 4);
    const promised = await runLoad({ dataDir, run: 1, under, during });
    expect(promised.fatal).toBeUndefined();
    expect(promised.seqByRequest.size).toBeGreaterThan(100);
    await checkBooks(dataDir, promised);
  });
});

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
const canMount = isRoot && spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

/** A file system of 48 MiB, gone after the test. */
function newSmallDisk(): string {
  const path = newDataDir();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', path]);
  onTestFinished(() => {
    execFileSync('umount', ['-l', path]);
  });
  return path;
}

// Only root may mount a small file system.
describe.skipIf(!canMount)('on a disk that others fill', { timeout: 90_000 }, () => {
  it('the node stops taking requests, books those that it has, and goes on without a restart', async () => {
    const disk = newSmallDisk();
    const dataDir = join(disk, 'data');
    const filler = join(disk, 'filler');
    // No reserve: the room ends in the middle of the work, and whoever fills the disk takes the ballast's too.
    const options = { reserveBytes: 0, keptRoom: { ballastBytes: 2 * 2 ** 20, emergencyBytes: 2 ** 20 } };
    mkdirSync(dataDir);
    await preallocate(ballastPath(dataDir), 2 * 2 ** 20, new AbortController().signal);
    await preallocate(emergencyPath(dataDir), 2 ** 20, new AbortController().signal);
    const promised = await runLoad({
      dataDir,
      run: 1,
      options,
      during: async (said) => {
        const admission = () =>
          said()
            .split('\n')
            .findLast((line) => line === 'n' || line === 'y');
        await expect.poll(() => fill(filler) && !existsSync(ballastPath(dataDir)), { timeout: 20_000 }).toBe(true);
        await expect.poll(() => fill(filler) && admission(), { timeout: 20_000 }).toBe('n');
        for (let turn = 0; turn < 20; turn += 1) {
          fill(filler);
          await sleep(50);
        }
        const settled = said().split('\ns ').length;
        rmSync(filler);
        await expect.poll(admission, { timeout: 15_000 }).toBe('y');
        await expect.poll(() => said().split('\ns ').length, { timeout: 5000 }).toBeGreaterThan(settled + 100);
      },
    });
    expect(promised.fatal).toBeUndefined();
    await checkBooks(dataDir, promised);
  });
});

/** Takes whatever is free; true, for polling. */
function fill(path: string): boolean {
  for (const bytes of [2 ** 22, 2 ** 20, 2 ** 16, 4096]) {
    try {
      writeFileSync(path, Buffer.alloc(bytes), { flag: 'a' });
    } catch {
      // That much is not free any more.
    }
  }
  return true;
}
