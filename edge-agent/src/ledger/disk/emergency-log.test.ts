import { randomBytes } from 'node:crypto';
import { fdatasyncSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { newDataDir } from '../test/open-test-ledger.ts';
import { EmergencyLog, emergencyPath, type SpilledRow } from './emergency-log.ts';

vi.mock('node:fs', { spy: true });

const rowsFrom = (first: number, count: number, text = 'row'): SpilledRow[] =>
  Array.from({ length: count }, (_, at) => ({
    seq: first + at,
    chain: Buffer.alloc(32, first + at),
    text: `${text} ${first + at}`,
  }));

function newLog(bytes: number) {
  const dataDir = newDataDir();
  writeFileSync(emergencyPath(dataDir), randomBytes(bytes));
  return { dataDir, log: new EmergencyLog(dataDir, 'inc_a') };
}

it('takes rows while they fit, all of a call or none, and never grows', () => {
  const { dataDir, log } = newLog(1000);
  expect(log.append(rowsFrom(1, 2))).toBe(true);
  expect(log.append(rowsFrom(3, 50))).toBe(false);
  expect(log.append(rowsFrom(3, 1))).toBe(true);
  expect(readFileSync(emergencyPath(dataDir))).toHaveLength(1000);
  expect(new EmergencyLog(dataDir, 'inc_a').read(0)).toEqual(rowsFrom(1, 3));
});

it('takes nothing where its room was not made yet', () => {
  const log = new EmergencyLog(newDataDir(), 'inc_a');
  expect(log.append(rowsFrom(1, 1))).toBe(false);
  expect(log.read(0)).toEqual([]);
});

it('takes nothing while the disk has no room even in it, and all of it once there is some', () => {
  const { log } = newLog(5000);
  expect(log.append(rowsFrom(1, 1))).toBe(true);
  const fail = (code: string) => () => {
    throw Object.assign(new Error(code), { code });
  };
  vi.mocked(writeSync).mockImplementationOnce(fail('ENOSPC'));
  expect(log.append(rowsFrom(2, 2))).toBe(false);
  vi.mocked(fdatasyncSync).mockImplementationOnce(fail('ENOSPC'));
  expect(log.append(rowsFrom(2, 2))).toBe(false);
  vi.mocked(writeSync).mockImplementationOnce((_file, bytes) => bytes.length - 1);
  expect(log.append(rowsFrom(2, 2))).toBe(false);
  vi.mocked(fdatasyncSync).mockImplementationOnce(fail('EIO'));
  expect(() => log.append(rowsFrom(2, 2))).toThrow('EIO');
  expect(log.append(rowsFrom(2, 2))).toBe(true);
  expect(log.read(0)).toEqual(rowsFrom(1, 3));
});

it('gives only the rows of its books, and only those behind the last that is in the tables', () => {
  const { dataDir, log } = newLog(5000);
  log.append(rowsFrom(7, 4));
  expect(log.read(8)).toEqual(rowsFrom(9, 2));
  expect(log.read(10)).toEqual([]);
  expect(new EmergencyLog(dataDir, 'inc_b').read(0)).toEqual([]);
});

it('gives nothing of an earlier use, whatever stood behind the last frame', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 0, max: 8 }),
      fc.constantFrom('row', 'longer row'),
      (old, now, text) => {
        const { log } = newLog(6000);
        log.append(rowsFrom(1, old));
        log.reset();
        log.append(rowsFrom(old + 1, now, text));
        expect(log.read(old)).toEqual(rowsFrom(old + 1, now, text));
      },
    ),
    { numRuns: 60 },
  );
});

it('ends at a frame that was cut by a power failure', () => {
  const { dataDir, log } = newLog(5000);
  log.append(rowsFrom(1, 3));
  const bytes = readFileSync(emergencyPath(dataDir));
  const frameBytes = 4 + 32 + bytes.readUInt32BE(0);
  for (const at of [frameBytes * 2, frameBytes * 2 + 10, frameBytes * 3 - 1]) {
    const torn = Buffer.from(bytes);
    torn[at] = (torn[at] ?? 0) ^ 255;
    writeFileSync(emergencyPath(dataDir), torn);
    expect(log.read(0)).toEqual(rowsFrom(1, 2));
  }
});
