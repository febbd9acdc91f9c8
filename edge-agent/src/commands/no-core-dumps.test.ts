import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { forbidCoreDumps } from './no-core-dumps.ts';

test.runIf(process.platform === 'linux')(
  'a process whose core dumps are forbidden has none, whatever the shell allowed',
  async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20_000)'], { stdio: 'ignore' });
    try {
      const pid = child.pid ?? 0;
      expect(forbidCoreDumps(pid)).toBe(true);
      expect(readFileSync(`/proc/${pid}/limits`, 'utf8')).toMatch(/^Max core file size\s+0\s+0\s/m);
    } finally {
      child.kill('SIGKILL');
    }
  },
);

test('a process that is not there has no promise', () => {
  expect(forbidCoreDumps(2 ** 30)).toBe(false);
});
