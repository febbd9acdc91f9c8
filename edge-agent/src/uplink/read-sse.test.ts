import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Backoff } from './backoff.ts';
import { readSse } from './read-sse.ts';

const text = ': ping\r\n\r\nevent: poke\ndata: {"type":"poke",\ndata: "head":7}\n\ndata:größe €\r\n\r\n: ping\n\n';

async function read(chunks: Uint8Array[]): Promise<string[]> {
  const seen: string[] = [];
  async function* body() {
    yield* chunks;
  }
  for await (const data of readSse(body(), () => undefined)) seen.push(data);
  return seen;
}

test('gives the same events wherever the bytes are cut', async () => {
  const bytes = new TextEncoder().encode(text);
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 12 }), async (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const chunks = at.slice(1).map((end, index) => bytes.slice(at[index], end));
      expect(await read(chunks)).toEqual(['{"type":"poke",\n"head":7}', 'größe €']);
    }),
  );
});

test('gives up on an event without end', async () => {
  const chunk = new TextEncoder().encode('x'.repeat(1024 * 1024));
  await expect(read([chunk, chunk, chunk, chunk, chunk])).rejects.toThrow('too long');
});

test('waits grow to a minute, and what the other side asks for is kept', () => {
  const backoff = new Backoff(() => 0.999999);
  const waits = Array.from({ length: 8 }, () => backoff.nextMs());
  expect(waits).toEqual([1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000]);
  backoff.reset();
  expect(backoff.nextMs(5000)).toBe(6000);
  expect(new Backoff(() => 0).nextMs(5000)).toBe(5000);
});
