import { type AddressInfo, createServer as createDoor, type Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { ask, until } from '../../test/ask.ts';
import { anthropicAnswer, fakeUpstream, json } from '../../test/fake-upstream/fake-upstream.ts';
import { heldBooks } from '../../test/held-ledger.ts';
import { startNode } from '../../test/start-node.ts';
import { startListener } from './listen.ts';

afterEach(() => void vi.useRealTimers());

test('stops in its time though a connection never closes and the books never answer, and says what becomes of it', async () => {
  const books = heldBooks();
  const upstream = await fakeUpstream((_seen, response) => json(response, 200, anthropicAnswer));
  const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const node = await startNode({ baseUrls: [upstream.url], limits: { shutdownMs: 100 }, wrapLedger: books.wrapLedger, log });
  const stuck: { socket: Socket; destroy: () => void }[] = [];
  let take: (socket: Socket) => void = () => undefined;
  const door = createDoor((socket) => {
    stuck.push({ socket, destroy: () => Object.getPrototypeOf(socket).destroy.call(socket) });
    socket.destroy = () => socket;
    take(socket);
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  const { port } = door.address() as AddressInfo;
  const start = (taker: typeof take) => {
    take = taker;
  };
  const listener = await startListener(node.agent, { host: '127.0.0.1', port, start });
  const asked = ask({ port }).catch(() => undefined);
  await until(() => books.asked() > 0);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
  let isClosed = false;
  const closed = listener.close().then(() => {
    isClosed = true;
  });
  await vi.advanceTimersByTimeAsync(9_000);
  expect(isClosed).toBe(false);
  await vi.advanceTimersByTimeAsync(1_200);
  expect(isClosed).toBe(true);
  await closed;
  expect(log.error).toHaveBeenCalledWith({ left: 1 }, expect.stringContaining('booked as lost'));
  vi.useRealTimers();
  for (const { destroy } of stuck) destroy();
  await asked;
  books.letGo();
  await node.booked(1);
  door.close();
  await node.close();
  await upstream.close();
}, 20_000);
