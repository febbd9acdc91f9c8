import { type AddressInfo, connect, createServer } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import type { Begin } from '../messages.ts';
import { Slot } from './slot.ts';

const { execPath } = process;
const slots: Slot[] = [];
afterEach(async () => {
  process.execPath = execPath;
  await Promise.all(slots.splice(0).map((slot) => slot.close(0)));
});

/** A slot whose workers hang as they begin: they are told nothing that they could begin with. */
function newSlot(monotonicMs = () => performance.now()) {
  const log = { error: vi.fn(), warn: vi.fn(), info: vi.fn() };
  const onExit = vi.fn();
  const slot = new Slot({
    slot: 1,
    begin: () => ({ slot: 1, dataDir: '/nonexistent' }) as Begin,
    ends: { onTold: () => undefined, onAsked: () => undefined, onExit },
    monotonicMs,
    log: log as never,
    onDisk: () => undefined,
    onCrash: () => undefined,
  });
  slots.push(slot);
  return { slot, log, onExit };
}

test('a slot whose process cannot be started is empty, closes at once, and has a worker once it can', async () => {
  const { slot, log } = newSlot();
  process.execPath = '/nonexistent/node';
  slot.start();
  await vi.waitFor(() => expect(log.error).toHaveBeenCalledTimes(2));
  expect(log.error.mock.calls[0]?.[0]).toMatchObject({ err: { code: 'ENOENT' }, worker: 1 });
  expect(slot.state()).toMatchObject({ state: 'resting', pid: null });
  process.execPath = execPath;
  await vi.waitFor(() => expect(slot.state().pid).toBeGreaterThan(0), { timeout: 5_000 });
  const other = newSlot();
  process.execPath = '/nonexistent/node';
  other.slot.start();
  await other.slot.close(30_000);
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(other.log.error).toHaveBeenCalledTimes(1);
});

test('a worker that is silent for long is ended at the second look, for words may wait to be read', async () => {
  let nowMs = 0;
  const { slot, log, onExit } = newSlot(() => nowMs);
  slot.start();
  const { worker } = slot;
  if (!worker) throw new Error('no worker');
  process.kill(worker.pid, 'SIGSTOP');
  slot.serves();
  nowMs = 40_000;
  slot.look();
  worker.lastHeardMs = nowMs;
  slot.look();
  nowMs = 75_000;
  slot.look();
  expect(log.error).not.toHaveBeenCalled();
  slot.look();
  expect(log.error).toHaveBeenCalledTimes(1);
  await vi.waitFor(() => expect(onExit).toHaveBeenCalledWith(worker, null, 'SIGKILL'), { timeout: 5_000 });
});

test('connections that were given to a worker and not taken end with it, each of them', async () => {
  const { slot } = newSlot();
  slot.start();
  const { worker } = slot;
  if (!worker) throw new Error('no worker');
  process.kill(worker.pid, 'SIGSTOP');
  const door = createServer({ pauseOnConnect: true }, (socket) => worker.give(socket));
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  let closed = 0;
  const callers = Array.from({ length: 3 }, () => connect((door.address() as AddressInfo).port, '127.0.0.1'));
  for (const caller of callers) {
    caller.on('error', () => undefined);
    caller.on('close', () => {
      closed += 1;
    });
  }
  await vi.waitFor(() => expect(worker.connections).toBe(3));
  expect(closed).toBe(0);
  worker.kill();
  await vi.waitFor(() => expect(closed).toBe(3), { timeout: 5_000 });
  door.close();
});

test('a step of the wall clock ends nobody', async () => {
  const { slot, log } = newSlot();
  slot.start();
  const stepped = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 86_400_000);
  for (let look = 0; look < 3; look += 1) slot.look();
  stepped.mockRestore();
  expect(log.error).not.toHaveBeenCalled();
});
