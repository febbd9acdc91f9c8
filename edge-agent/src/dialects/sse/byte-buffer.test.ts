import { expect, it } from 'vitest';
import { ByteBuffer } from './byte-buffer.ts';

it('keeps what is appended, across growth', () => {
  const buffer = new ByteBuffer();
  const source = Buffer.from('abcdefgh');
  for (let i = 0; i < 200; i++) buffer.append(source, 2, 5);
  expect(buffer.length).toBe(600);
  expect(buffer.toString()).toBe('cde'.repeat(200));
});

it('is empty after clear and gives back a large room', () => {
  const buffer = new ByteBuffer();
  buffer.append(Buffer.alloc(100_000), 0, 100_000);
  buffer.clear();
  expect([buffer.length, buffer.bytes.length, buffer.toString()]).toEqual([0, 0, '']);
});
