import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, type Reply } from '../ask.ts';
import { type FakeUpstream, fakeUpstream } from '../fake-upstream/fake-upstream.ts';
import { startNode, type TestNode } from '../start-node.ts';
import { cut, hasRecordings, type RecordedCase, recordedCases } from './recorded-cases.ts';

let upstream: FakeUpstream;
let node: TestNode;
let current: RecordedCase;
let pieces: readonly Buffer[] = [];

beforeAll(async () => {
  upstream = await fakeUpstream(async (_seen, response) => {
    response.writeHead(current.status, current.headers);
    for (const piece of pieces) {
      response.write(piece);
      if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  });
  node = await startNode({ baseUrls: [upstream.url], group: { failoverEnabled: false } });
});

afterAll(async () => {
  await node.close();
  await upstream.close();
});

async function replay(one: RecordedCase, cutInto: readonly Buffer[]): Promise<Reply> {
  current = one;
  pieces = cutInto;
  node.rows.length = 0;
  upstream.seen.length = 0;
  node.agent.health.forget(() => undefined);
  const reply = await ask(node, { path: one.path, body: one.request });
  expect(node.rows).toHaveLength(1);
  return reply;
}

function expectSame(one: RecordedCase, reply: Reply): void {
  expect(reply.status).toBe(one.status);
  expect(reply.body.equals(one.body)).toBe(true);
  expect(reply.complete).toBe(true);
  expect(reply.headers['content-type']).toBe(one.headers['content-type']);
  expect(upstream.seen[0]?.body.toString()).toBe(one.request);
}

function expectBooked(one: RecordedCase): void {
  const [row] = node.rows;
  if (one.status >= 400) {
    expect(row).toMatchObject({ status: 'upstream_error', httpStatus: one.status, costNanoUsd: 0, estimated: false });
    return;
  }
  const { usage } = one;
  if (!usage || usage.output === null || usage.input === null) {
    // Nothing stated: an estimate, or nothing at all where the provider refused to answer.
    expect(row?.estimated || row?.usage.output === 0).toBe(true);
    return;
  }
  if (/odd-(mid-stream|truncated|no-final-usage)/.test(one.name)) {
    expect(row).toMatchObject({ estimated: true, usage: { input: usage.input, cacheRead: usage.cacheRead ?? 0 } });
    expect(row?.usage.output).toBeGreaterThanOrEqual(usage.output);
    return;
  }
  expect(row?.estimated).toBe(false);
  expect({
    input: row?.usage.input,
    output: row?.usage.output,
    cacheRead: row?.usage.cacheRead,
    cacheWrite: (row?.usage.cacheWrite5m ?? 0) + (row?.usage.cacheWrite1h ?? 0),
    thinking: row?.usage.thinking,
  }).toEqual({
    input: usage.input,
    output: usage.output,
    cacheRead: usage.cacheRead ?? 0,
    cacheWrite: usage.cacheWrite ?? 0,
    thinking: usage.thinking,
  });
}

describe.skipIf(!hasRecordings)('a recorded answer (skipped where no recordings lie beside the checkout)', () => {
  const cases = recordedCases();

  it.each(cases.map((one) => [one.name, one] as const))(
    '%s reaches the caller unchanged and is booked as it says',
    async (_name, one) => {
      const reply = await replay(one, one.pieces);
      expectSame(one, reply);
      expectBooked(one);
    },
  );

  const small = cases.filter(({ body, streams }) => streams && body.length < 4_000);
  it.each(small.map((one) => [one.name, one] as const))('%s in writes of one byte is the same', async (_name, one) => {
    const reply = await replay(one, cut(one.body, { every: 1 }));
    expectSame(one, reply);
    expectBooked(one);
  });
});
