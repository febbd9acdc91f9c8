import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_DOCUMENT_BYTES } from './document-scanner.ts';
import { JsonEvents } from './json-events.ts';

function read(chunks: readonly Buffer[]) {
  const events = new JsonEvents();
  const found = [...chunks.flatMap((chunk) => events.push(chunk)), ...events.end()];
  return { data: found.map(({ data }) => data), done: events.done, isBroken: events.isBroken };
}

describe('JsonEvents', () => {
  it('reads the same objects from events, from an array and from one body, in any cut', () => {
    const text = fc.string({ unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', 'é', '\n', 'a') });
    const object = fc.record({ a: text, b: fc.record({ c: text }) });
    fc.assert(
      fc.property(fc.array(object, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 7 }), (objects, size) => {
        const framed = objects.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('');
        for (const said of [framed, JSON.stringify(objects, null, 1), objects.map((one) => JSON.stringify(one)).join('')]) {
          const bytes = Buffer.from(said);
          const cut = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
            Buffer.from(bytes.subarray(at * size, at * size + size)),
          );
          expect(read(cut)).toEqual({ data: objects, done: false, isBroken: false });
        }
      }),
    );
  });

  it('finds a bare error between events, and tells of [DONE]', () => {
    const said = 'data: {"a":1}\n\n{\n  "error": {\n "code": 503 }\n}\ndata: [DONE]\n\n';
    expect(read([Buffer.from(said)])).toEqual({ data: [{ a: 1 }, { error: { code: 503 } }], done: true, isBroken: false });
  });

  it('says that a body broke off', () => {
    expect(read([Buffer.from('{"a": {"b": 1}')])).toEqual({ data: [], done: false, isBroken: true });
  });

  it('keeps a large picture and drops what is larger than the limit', () => {
    const picture = { data: 'A'.repeat(3 * 1024 * 1024) };
    expect(read([Buffer.from(`data: ${JSON.stringify(picture)}\n\n`)]).data).toEqual([picture]);
    const chunk = Buffer.alloc(1024 * 1024, 0x41);
    const chunks = Array.from({ length: MAX_DOCUMENT_BYTES / chunk.length + 1 }, () => chunk);
    expect(read([Buffer.from('{"a":"'), ...chunks, Buffer.from('"}')])).toEqual({ data: [], done: false, isBroken: true });
  });
});
