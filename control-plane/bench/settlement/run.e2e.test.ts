import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = fileURLToPath(new URL('run.ts', import.meta.url));

it('settles what forty nodes report at once over HTTP, without a deadlock, a refusal or a contradiction', async () => {
  const args = ['--nodes', '40', '--accounts', '20', '--seconds', '3', '--pace', 'flat'];
  const { stdout } = await promisify(execFile)(process.execPath, [run, ...args], { timeout: 100_000 });
  expect(stdout).toMatch(/deadlocks 0 {3}invariants violated 0 {3}refused 0 {3}errors 0/);
  expect(Number(/reports\/s ([\d.]+)/.exec(stdout)?.[1])).toBeGreaterThan(10);
}, 110_000);

it('is not content with a centre that keeps nodes from reporting at their interval', async () => {
  const args = ['--nodes', '5', '--accounts', '1', '--seconds', '0.05', '--every', '0.001'];
  const ran = promisify(execFile)(process.execPath, [run, ...args], { timeout: 100_000 });
  const { code, stdout } = await ran
    .catch((error: { code: number; stdout: string }) => error)
    .then((one) => ({ code: 0, ...one }));
  expect(stdout).toMatch(/errors 0/);
  expect(stdout).toMatch(/answered in time \d+ of 250: missed/);
  expect(code).toBe(1);
}, 110_000);
