import { expect, it } from 'vitest';
import { writeEvent } from './write-event.ts';

it('writes an event with and without a name', () => {
  expect(writeEvent('{"a":1}', 'error')).toBe('event: error\ndata: {"a":1}\n\n');
  expect(writeEvent('{"a":1}')).toBe('data: {"a":1}\n\n');
});
