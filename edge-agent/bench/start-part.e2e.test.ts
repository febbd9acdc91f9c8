import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, expect, it, vi } from 'vitest';
import { endPart } from './start-part.ts';

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

async function partOf(program: string): Promise<ChildProcess> {
  const text = `${program}; console.log('up'); setTimeout(() => {}, 60_000)`;
  const child = spawn(process.execPath, ['-e', text], { stdio: ['ignore', 'pipe', 'ignore'] });
  started.push(child);
  await once(child.stdout, 'data');
  return child;
}

it('does not wait for a part that died of a signal', async () => {
  const child = await partOf('');
  child.kill('SIGKILL');
  await once(child, 'exit');
  await endPart({ child, port: 0 });
  expect(child.signalCode).toBe('SIGKILL');
});

it('kills a part that does not end when it is told to, and says so', async () => {
  const said = vi.spyOn(console, 'error').mockReturnValue();
  const child = await partOf(`process.on('SIGTERM', () => {})`);
  await endPart({ child, port: 0 }, 'SIGTERM', 200);
  expect(child.signalCode).toBe('SIGKILL');
  expect(said).toHaveBeenCalledWith(`process ${child.pid} did not end within 200 ms of SIGTERM; it is killed`);
  said.mockRestore();
});

it('says nothing about a part that ends in time', async () => {
  const said = vi.spyOn(console, 'error').mockReturnValue();
  const child = await partOf('');
  await endPart({ child, port: 0 }, 'SIGTERM');
  expect(child.signalCode).toBe('SIGTERM');
  expect(said).not.toHaveBeenCalled();
  said.mockRestore();
});
