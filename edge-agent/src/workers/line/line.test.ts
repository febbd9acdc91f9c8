import { type AddressInfo, connect, createServer } from 'node:net';
import { Duplex, PassThrough } from 'node:stream';
import { afterEach, expect, test, vi } from 'vitest';
import { Line, type LineEnds } from './line.ts';

type Any = Line<string, string, string, string>;
const open: Any[] = [];
afterEach(() => {
  for (const line of open.splice(0)) line.close();
});

/** Two ends of a pipe; `cut` decides how the bytes of one write arrive. */
function pipes(cut = (chunk: Buffer): Buffer[] => [chunk]): [Duplex, Duplex] {
  const [there, back] = [new PassThrough(), new PassThrough()];
  const cutting = new PassThrough();
  there.on('data', (chunk: Buffer) => {
    for (const part of cut(chunk)) cutting.write(part);
  });
  there.on('end', () => cutting.end());
  return [Duplex.from({ writable: there, readable: back }), Duplex.from({ writable: back, readable: cutting })];
}

function lineOn(stream: Duplex, ends: Partial<LineEnds<string, string>> = {}): Any {
  const line: Any = new Line(stream, { onTold: () => undefined, onAsked: () => null, onLost: () => undefined, ...ends });
  open.push(line);
  return line;
}

test('says everything in order, however the bytes are cut', async () => {
  const [one, other] = pipes((chunk) => Array.from(chunk, (byte) => Buffer.from([byte])));
  const heard: string[] = [];
  const speaker = lineOn(one);
  lineOn(other, { onTold: (told) => heard.push(told) });
  const said = Array.from({ length: 50 }, (_, at) => `ß${at} ${'x'.repeat(at)}`);
  for (const text of said.slice(0, 25)) speaker.tell(text);
  await vi.waitFor(() => expect(heard).toHaveLength(25));
  for (const text of said.slice(25)) speaker.tell(text);
  await vi.waitFor(() => expect(heard).toEqual(said));
});

test('pairs every answer with its question, whichever comes first', async () => {
  const [one, other] = pipes();
  const asking = lineOn(one);
  lineOn(other, {
    onAsked: async (asked) => {
      await new Promise((resolve) => setTimeout(resolve, asked === 'slow' ? 50 : 0));
      return `${asked}!`;
    },
  });
  expect(await Promise.all([asking.ask('slow', 1_000), asking.ask('quick', 1_000)])).toEqual(['slow!', 'quick!']);
});

test("a question has no answer when its time is over, and what comes later is nobody else's", async () => {
  const [one, other] = pipes();
  const asking = lineOn(one);
  lineOn(other, { onAsked: (asked) => (asked === 'never' ? new Promise(() => undefined) : 'now') });
  expect(await asking.ask('never', 10)).toBe(undefined);
  expect(await asking.ask('well', 1_000)).toBe('now');
});

test('tells at once when the other side is gone, and answers nobody waits for', async () => {
  const server = createServer((socket) => socket.once('data', () => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const lost: string[] = [];
  const asking = lineOn(connect((server.address() as AddressInfo).port, '127.0.0.1'), { onLost: (reason) => lost.push(reason) });
  expect(await asking.ask('anybody?', 60_000)).toBe(undefined);
  expect(lost).toHaveLength(1);
  expect(await asking.ask('still?', 60_000)).toBe(undefined);
  server.close();
});

test('a side that takes nothing any more is given up instead of memory', async () => {
  const stuck = new Duplex({ read: () => undefined, write: () => undefined, highWaterMark: 1 });
  const lost: string[] = [];
  const line = lineOn(stuck, { onLost: (reason) => lost.push(reason) });
  const megabyte = 'x'.repeat(1_000_000);
  for (let said = 0; said < 80 && lost.length === 0; said += 1) {
    line.tell(megabyte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(lost).toEqual(['the other side takes nothing any more']);
  expect(stuck.destroyed).toBe(true);
});

test('says what waits before it closes', async () => {
  const [one, other] = pipes();
  const heard: string[] = [];
  const speaker = lineOn(one);
  lineOn(other, { onTold: (told) => heard.push(told) });
  speaker.tell('goodbye');
  speaker.close();
  await vi.waitFor(() => expect(heard).toEqual(['goodbye']));
});
