import { describe, expect, it, vi } from 'vitest';
import { NodeStream } from './node-stream.ts';

const question = {
  question_id: 'qst_1',
  edges: ['2026-11-21T00:00:00Z', '2026-11-22T00:00:00Z'],
  filter: { group_ids: null, key_ids: null, user_ids: null, services: null },
  by: [],
  deadline_ms: 1000,
};

function open() {
  const closed: string[] = [];
  const stream = new NodeStream('nod_a', 1, ({ id }) => closed.push(id));
  const reader = stream.body.getReader();
  const read = async () => new TextDecoder().decode((await reader.read()).value);
  return { stream, reader, read, closed };
}

describe('the stream of a node', () => {
  it('collapses pokes that nobody read into the newest', async () => {
    const { stream, read } = open();
    stream.poke(5);
    stream.poke(7);
    stream.poke(6);
    expect(await read()).toBe('event: poke\ndata: {"type":"poke","head":7}\n\n');
    stream.close();
  });

  it('gives a waiting reader the event at once', async () => {
    const { stream, read } = open();
    const reading = read();
    stream.ask(question);
    expect(await reading).toContain('event: query\n');
    stream.close();
  });

  it('says that it is fenced, then ends', async () => {
    const { stream, reader, read, closed } = open();
    stream.fence();
    expect(await read()).toContain('event: fenced\n');
    expect((await reader.read()).done).toBe(true);
    expect(closed).toEqual([stream.id]);
  });

  it('cuts a reader off that lets questions pile up', async () => {
    const { stream, reader, closed } = open();
    for (let count = 0; count < 65; count += 1) stream.ask(question);
    expect(closed).toEqual([stream.id]);
    expect((await reader.read()).done).toBe(true);
  });

  it('pings every 15 seconds and cuts a reader off that did not take the last one', async () => {
    vi.useFakeTimers();
    try {
      const { stream, read, closed } = open();
      vi.advanceTimersByTime(15_000);
      expect(await read()).toBe(': ping\n\n');
      vi.advanceTimersByTime(15_000);
      expect(closed).toEqual([]);
      vi.advanceTimersByTime(15_000);
      expect(closed).toEqual([stream.id]);
    } finally {
      vi.useRealTimers();
    }
  });
});
