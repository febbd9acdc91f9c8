import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Guest } from '../../limits/gate.ts';
import { Gatekeeper } from '../../limits/gatekeeper.ts';
import { InFlight } from '../../routing/in-flight.ts';
import { GateDesk } from '../crew/gate-desk.ts';
import { PlaceDesk } from '../crew/place-desk.ts';
import type { WorkerLine } from '../crew/worker-process.ts';
import { Line } from '../line/line.ts';
import type { AskedOfPrimary, ToPrimary } from '../messages.ts';
import type { PrimaryLine } from './primary-line.ts';
import { RemoteGate } from './remote-gate.ts';
import { RemotePlaces } from './remote-places.ts';
import { Tickets } from './tickets.ts';

/** Two workers and the desks of their primary, in one process but with real pipes between them. */
interface Worker {
  readonly gate: RemoteGate;
  readonly places: RemotePlaces;
  readonly socket: Socket;
  /** The end of the primary. */
  readonly primary: Socket;
}

let places: PlaceDesk;
let gate: GateDesk;
const closing: (() => void)[] = [];
const none = { requests: null, tokensPerMinute: null, concurrency: null };
const guest = (key: Partial<Guest['key']> = {}): Guest => ({
  key: { id: 'key_1', userId: 'usr_1', rateLimit: null, tokensPerMinute: null, concurrency: null, ...key },
  group: { id: 'grp_1', limits: none, memberLimits: none },
});
const enter = (worker: Worker, one: Guest) => worker.gate.enter(one, false, 0, () => undefined);

beforeEach(() => {
  places = new PlaceDesk(new InFlight());
  gate = new GateDesk(new Gatekeeper(), () => 0);
});
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close();
});

async function newWorker(no: number): Promise<Worker> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const end = await accepted;
  const primary: WorkerLine = new Line(end, {
    onTold: (told: ToPrimary) => {
      if (told.is === 'leave' && !gate.leave(no, told.ticket)) places.leave(no, told.ticket);
      if (told.is === 'used') gate.used(no, told.ticket, told.guest, told.used);
      if (told.is === 'loads') places.tell(no, told.loads);
    },
    onAsked: (asked: AskedOfPrimary) => {
      if (asked.want === 'enter') return gate.enter(no, asked.ticket, asked.guest, asked.urgent);
      if (asked.want === 'promise') return gate.promise(no, asked.ticket, asked.guest, asked.estimate);
      return asked.want === 'place' ? places.claim(no, asked.ticket, asked.upstreamId, asked.cap) : null;
    },
    onLost: () => {
      gate.lost(no);
      places.lost(no);
    },
  });
  const line: PrimaryLine = new Line(socket, { onTold: () => undefined, onAsked: () => null, onLost: () => undefined });
  closing.push(
    () => server.close(),
    () => primary.close(),
    () => socket.destroy(),
  );
  const tickets = new Tickets(line);
  return { gate: new RemoteGate(line, tickets), places: new RemotePlaces(line, tickets), socket, primary: end };
}

test('asks nobody for guests without limits and accounts without a cap', async () => {
  const worker = await newWorker(1);
  expect(enter(worker, guest())).toMatchObject({ ok: true });
  expect(worker.gate.promiseTokens(guest(), 10_000)).toEqual({ ok: true });
  expect(worker.places.claim('ups_1', null)).toBeTypeOf('function');
});

test('never more at an account than its cap, wherever they are, and all of it again when they have left', async () => {
  const [one, other] = await Promise.all([newWorker(1), newWorker(2)]);
  const claims = await Promise.all([one, other, one, other].map(({ places: at }) => at.claim('ups_1', 2)));
  const granted = claims.filter((claim) => claim !== undefined);
  expect(granted).toHaveLength(2);
  for (const giveUp of granted) {
    giveUp();
    giveUp();
  }
  await vi.waitFor(() => expect(places.of('ups_1')).toBe(0));
  expect(await Promise.all([one.places.claim('ups_1', 2), other.places.claim('ups_1', 2)])).not.toContain(undefined);
});

test('a window is one for all workers, and each knows what is left of it', async () => {
  const [one, other] = await Promise.all([newWorker(1), newWorker(2)]);
  const limited = guest({ rateLimit: { requests: 3, windowMs: 60_000 } });
  const entered = await Promise.all([one, other, one, other].map((worker) => enter(worker, limited)));
  expect(entered.filter((entrance) => entrance?.ok)).toHaveLength(3);
  expect(entered.find((entrance) => !entrance?.ok)).toMatchObject({ refusal: { code: 'rate_limited' } });
  await enter(one, limited);
  expect(one.gate.headroom(limited).requests).toMatchObject({ limit: 3, remaining: 0 });
});

test('what a request used takes the place of what it was promised', async () => {
  const [one, other] = await Promise.all([newWorker(1), newWorker(2)]);
  const limited = guest({ tokensPerMinute: 1_000 });
  const promise = await one.gate.promiseTokens(limited, 900);
  if (!promise.ok) throw new Error('nothing was promised');
  expect(await other.gate.promiseTokens(limited, 200)).toMatchObject({ ok: false, refusal: { code: 'tokens_limited' } });
  one.gate.useTokens(limited, 900, 100, 0, promise.ticket);
  await vi.waitFor(async () => expect(await other.gate.promiseTokens(limited, 900)).toMatchObject({ ok: true }));
});

test('what is promised too late is given back, and no more than that', async () => {
  const limited = guest({ tokensPerMinute: 1_000 });
  const worker = await newWorker(1);
  // A primary that stands still: it reads nothing for longer than a worker waits.
  worker.primary.pause();
  vi.useFakeTimers({ toFake: ['setInterval', 'performance'] });
  closing.push(() => vi.useRealTimers());
  const late = worker.gate.promiseTokens(limited, 800);
  const tooLarge = worker.gate.promiseTokens(limited, 900);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await vi.advanceTimersByTimeAsync(6_000);
  expect(await Promise.all([late, tooLarge])).toMatchObject([
    { refusal: { code: 'node_busy' } },
    { refusal: { code: 'node_busy' } },
  ]);
  vi.useRealTimers();
  worker.primary.resume();
  expect(await worker.gate.promiseTokens(limited, 1_000)).toMatchObject({ ok: true });
  expect(await worker.gate.promiseTokens(limited, 1)).toMatchObject({ ok: false, refusal: { code: 'tokens_limited' } });
});

test('whoever waits for his turn gets it when a worker dies, and who hangs up is forgotten', async () => {
  const [one, other] = await Promise.all([newWorker(1), newWorker(2)]);
  const limited = guest({ concurrency: 1 });
  await enter(one, limited);
  let hangUp: (() => void) | undefined;
  const leaving = other.gate.enter(limited, false, 0, (go) => {
    hangUp ??= go;
  });
  hangUp?.();
  expect(await leaving).toBe(undefined);
  const waiting = enter(other, limited);
  one.socket.destroy();
  expect(await waiting).toMatchObject({ ok: true });
});

test('where nobody answers nobody is let in', async () => {
  const worker = await newWorker(1);
  worker.socket.destroy();
  await new Promise((resolve) => worker.socket.once('close', resolve));
  expect(await enter(worker, guest({ concurrency: 1 }))).toMatchObject({ ok: false, refusal: { code: 'node_busy' } });
  expect(await worker.gate.promiseTokens(guest({ tokensPerMinute: 9 }), 1)).toMatchObject({ ok: false });
  expect(await worker.places.claim('ups_1', 1)).toBe(undefined);
  expect(enter(worker, guest())).toMatchObject({ ok: true });
});
