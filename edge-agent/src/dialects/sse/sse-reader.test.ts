import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_EVENT_BYTES, MAX_LINE_BYTES, SseReader } from './sse-reader.ts';

interface Seen {
  events: { name: string; data: string }[];
  stray: string[];
  long: string[];
  dropped: boolean;
  boundaries: boolean[];
}

function read(chunks: readonly Buffer[]): Seen {
  const seen: Seen = { events: [], stray: [], long: [], dropped: false, boundaries: [] };
  let long = '';
  const reader = new SseReader({
    onEvent: (bytes, start, end) => seen.events.push({ name: reader.eventName(), data: bytes.toString('utf8', start, end) }),
    onLongData: (bytes, start, end, last) => {
      long += bytes.toString('latin1', start, end);
      if (!last) return;
      seen.long.push(long);
      long = '';
    },
    onStrayLine: (bytes, start, end) => seen.stray.push(bytes.toString('utf8', start, end)),
  });
  for (const chunk of chunks) {
    reader.push(chunk);
    // The reader may not lean on bytes of a chunk that is gone.
    chunk.fill(0x58);
    seen.boundaries.push(reader.atBoundary);
  }
  reader.end();
  seen.dropped = reader.dropped;
  return seen;
}

function cut(text: string | Buffer, at: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text);
  const stops = [...new Set(at.map((n) => n % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...stops, bytes.length].map((stop, i) => Buffer.from(bytes.subarray(i === 0 ? 0 : stops[i - 1], stop)));
}

const readWhole = (text: string): Seen => read([Buffer.from(text)]);

describe('SseReader', () => {
  it('reads names and data with any line end', () => {
    for (const eol of ['\n', '\r\n', '\r']) {
      const { events } = readWhole(['event: a', 'data: 1', '', 'data:2', '', ''].join(eol));
      expect(events).toEqual([
        { name: 'a', data: '1' },
        { name: '', data: '2' },
      ]);
    }
  });

  it('skips a byte order mark, comments, ids and retry lines', () => {
    expect(readWhole('\ufeffdata: 1\n\n: hello\nid: 7\nretry: 10\ndata: 2\n\n').events.map((e) => e.data)).toEqual(['1', '2']);
  });

  it('joins data over several lines', () => {
    expect(readWhole('data: {\ndata:  "a": 1\ndata: }\n\n').events).toEqual([{ name: '', data: '{\n "a": 1\n}' }]);
  });

  it('makes no event of empty data and forgets the name of an event without data', () => {
    expect(readWhole('event: ping\n\ndata:\n\ndata: x\n\n').events).toEqual([{ name: '', data: 'x' }]);
  });

  it('gives the last event without its blank line, and without its line end', () => {
    expect(readWhole('data: 1\n\ndata: 2\n').events).toHaveLength(2);
    expect(readWhole('data: 1\n\ndata: 2').events).toHaveLength(2);
  });

  it('hands over lines that are no field', () => {
    expect(readWhole('data: 1\n\n{\n  "error": 1\n}').stray).toEqual(['{', '  "error": 1', '}']);
  });

  it('knows when the bytes end between two events', () => {
    expect(read(['data: 1', '\n', '\n', ': c\n', 'event: x\n', '\n'].map((s) => Buffer.from(s))).boundaries).toEqual([
      false,
      false,
      true,
      true,
      false,
      true,
    ]);
  });

  it('hands over a data line above the limit in pieces and goes on after it', () => {
    const big = 'x'.repeat(MAX_LINE_BYTES);
    const text = `data: ${big}\n\ndata: after\n\n`;
    for (const chunks of [cut(text, []), cut(text, [100, MAX_LINE_BYTES / 2, MAX_LINE_BYTES + 3])]) {
      const seen = read(chunks);
      expect(seen.long.map((l) => l.length)).toEqual([big.length]);
      expect(seen.events.map((e) => e.data)).toEqual(['after']);
      expect(seen.dropped).toBe(false);
    }
  });

  it('drops an event above the event limit and goes on after it', () => {
    const line = `data: ${'x'.repeat(MAX_LINE_BYTES - 10)}\n`;
    const text = `${line.repeat(MAX_EVENT_BYTES / MAX_LINE_BYTES + 1)}\ndata: after\n\n`;
    const seen = read(cut(text, [5, 2_000_000, 4_000_001]));
    expect(seen.events.map((e) => e.data)).toEqual(['after']);
    expect(seen.dropped).toBe(true);
  });

  it('drops an event whose later line is above the line limit, wherever it is cut', () => {
    const text = `data: a\ndata: ${'x'.repeat(MAX_LINE_BYTES)}\ndata: b\n\ndata: after\n\n`;
    for (const chunks of [cut(text, []), cut(text, [500_000]), cut(text, [8, MAX_LINE_BYTES + 12])]) {
      const seen = read(chunks);
      expect(seen.events.map((e) => e.data)).toEqual(['after']);
      expect([seen.dropped, seen.long]).toEqual([true, []]);
    }
  });

  it('gives the same events wherever the bytes are cut', () => {
    const line = fc.constantFrom(
      'data: {"a":"é😀"}',
      'data:x',
      'data',
      'event: name',
      ': comment',
      '{',
      'id: 1',
      '',
      '',
      'data: 世界',
    );
    const eol = fc.constantFrom('\n', '\r\n', '\r');
    const text = fc.array(fc.tuple(line, eol), { maxLength: 20 }).map((parts) => parts.flat().join(''));
    fc.assert(
      fc.property(fc.boolean(), text, fc.array(fc.nat(600), { maxLength: 12 }), (mark, body, at) => {
        const full = (mark ? '\ufeff' : '') + body;
        const { boundaries: _whole, ...whole } = readWhole(full);
        const { boundaries: _cut, ...inPieces } = read(cut(full, at));
        expect(inPieces).toEqual(whole);
        const { boundaries: _bytes, ...byByte } = read([...Buffer.from(full)].map((b) => Buffer.from([b])));
        expect(byByte).toEqual(whole);
      }),
      { numRuns: 400 },
    );
  });
});
