import { connect, type Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { Door, type Taker } from './door.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

class Counting implements Taker {
  readonly sockets: Socket[] = [];
  get connections(): number {
    return this.sockets.filter(({ destroyed }) => !destroyed).length;
  }
  give(socket: Socket): void {
    this.sockets.push(socket);
    closing.push(() => socket.destroy());
  }
}

async function doorTo(takers: Taker[]) {
  const door = new Door(() => takers);
  closing.push(() => door.close());
  const port = await door.open('127.0.0.1', 0);
  return { door, knock: () => knockAt(port) };
}

function knockAt(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  closing.push(() => socket.destroy());
  return new Promise((resolve) => socket.once('connect', () => resolve(socket)));
}

test('gives each connection to whoever has the fewest, also after one of them was replaced', async () => {
  const [one, other] = [new Counting(), new Counting()];
  const takers = [one, other];
  const { knock } = await doorTo(takers);
  for (let at = 0; at < 8; at += 1) await knock();
  await vi.waitFor(() => expect([one.connections, other.connections]).toEqual([4, 4]));
  const fresh = new Counting();
  takers[1] = fresh;
  for (let at = 0; at < 4; at += 1) await knock();
  await vi.waitFor(() => expect([one.connections, fresh.connections]).toEqual([4, 4]));
});

test('lets connections wait, with what they said, until somebody serves', async () => {
  const takers: Taker[] = [];
  const { door, knock } = await doorTo(takers);
  const early = await knock();
  early.write('hello');
  await new Promise((resolve) => setTimeout(resolve, 30));
  const taker = new Counting();
  takers.push(taker);
  door.deal();
  const [given] = taker.sockets;
  if (!given) throw new Error('nobody was let in');
  const heard = new Promise((resolve) => given.once('data', (data) => resolve(data.toString())));
  given.resume();
  expect(await heard).toBe('hello');
});

test('closes on those who wait', async () => {
  const { door, knock } = await doorTo([]);
  const early = await knock();
  const closed = new Promise((resolve) => early.once('close', resolve));
  door.close();
  await closed;
});
