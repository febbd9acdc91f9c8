import { dialects } from '@aicarpool/shared-protocol';
import { expect, it } from 'vitest';
import { ask, messageBody, until } from './ask.ts';
import { fakeUpstream } from './fake-upstream/fake-upstream.ts';
import { checkBills } from './faults/check-bills.ts';
import { letCallersLeave } from './faults/leaving-callers.ts';
import { streamHead } from './faults/providers.ts';
import { anthropicSpeech } from './faults/speech/anthropic-messages.ts';
import { heldBooks, withSettle } from './held-ledger.ts';
import { startNode } from './start-node.ts';

/** Repeatable: callers leave at the same moments in every run, as far as clocks allow. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

it.each(dialects)(
  'books no less than was charged for each of a hundred callers of %s who leave at random points',
  async (dialect) => {
    const outcome = await letCallersLeave({ callers: 100, dialect, onClientGone: 'abort', random: seeded(7) });
    expect(outcome.left).toBeGreaterThan(20);
    expect(checkBills(outcome).exact).toBeGreaterThan(0);
  },
  30_000,
);

it.each(dialects)(
  'books to the token what a provider of %s charged that is heard to the end',
  async (dialect) => {
    const outcome = await letCallersLeave({ callers: 100, dialect, onClientGone: 'drain', random: seeded(11) });
    const { charged, counted } = checkBills(outcome);
    expect(outcome.left).toBeGreaterThan(20);
    expect(counted).toBe(charged);
  },
  30_000,
);

it('charges nothing to a caller who left before his request went out', async () => {
  const upstream = await fakeUpstream(() => undefined);
  let letGo: () => void = () => undefined;
  const written = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let isAsked = false;
  const wrapLedger = withSettle((_settle, intend) => ({
    intend: async (intent) => {
      isAsked = true;
      await written;
      return intend(intent);
    },
  }));
  const node = await startNode({ baseUrls: [upstream.url], wrapLedger });
  const leave = new AbortController();
  const waiting = ask(node, { signal: leave.signal }).catch(() => undefined);
  await until(() => isAsked);
  leave.abort();
  await waiting;
  await until(() => node.agent.load.answers === 0);
  letGo();
  await node.booked(1);
  expect(upstream.seen).toHaveLength(0);
  expect(node.rows).toMatchObject([
    { status: 'client_gone', usage: { input: 0, output: 0 }, costNanoUsd: 0, estimated: false, final: true },
  ]);
  await node.close();
  await upstream.close();
});

it('charges all that he allowed to a caller who left a provider that charges on, where it cannot be read to the end', async () => {
  const { start, hello } = anthropicSpeech;
  const upstream = await fakeUpstream((_seen, response) => {
    response.writeHead(200, streamHead);
    response.write(start + hello);
  });
  const node = await startNode({ baseUrls: [upstream.url], service: { onClientGone: 'drain' }, limits: { drains: 0 } });
  await ask(node, { body: messageBody({ stream: true }), onData: (_soFar, hangUp) => hangUp() }).catch(() => undefined);
  await node.booked(1);
  expect(node.rows).toMatchObject([{ status: 'client_gone', usage: { input: 25, output: 100 }, estimated: true }]);
  await node.close();
  await upstream.close();
});

/** A stream that says all it has to say, and keeps the line open. */
const staysOpen = () =>
  fakeUpstream((_seen, response) => {
    const { start, hello, end } = anthropicSpeech;
    response.writeHead(200, streamHead);
    response.write(start + hello);
    setTimeout(() => response.write(end), 50);
  });

it('waits for no upstream that has said everything, when the caller left while the books were written', async () => {
  const books = heldBooks();
  const upstream = await staysOpen();
  const node = await startNode({ baseUrls: [upstream.url], limits: { lateBytesMs: 50 }, wrapLedger: books.wrapLedger });
  const leave = new AbortController();
  const waiting = ask(node, { body: messageBody({ stream: true }), signal: leave.signal }).catch(() => undefined);
  await until(() => books.asked() > 0);
  leave.abort();
  await waiting;
  await until(() => node.agent.load.answers === 0);
  books.letGo();
  await node.booked(1);
  await until(() => node.agent.load.requests === 0);
  expect(node.agent.load.running.size).toBe(0);
  expect(node.rows).toMatchObject([{ status: 'ok' }]);
  await until(() => upstream.aborted.count === 1);
  await node.close();
  await upstream.close();
});

it.each(['before', 'while', 'after'])(
  'ends an answer that is in the books properly when the node stops %s they are written',
  async (when) => {
    const books = heldBooks();
    const upstream = await staysOpen();
    const limits = { lateBytesMs: when === 'before' ? 5_000 : 50, shutdownMs: 100 };
    const node = await startNode({ baseUrls: [upstream.url], limits, wrapLedger: books.wrapLedger });
    const asked = ask(node, { body: messageBody({ stream: true }) });
    if (when === 'before') await until(() => upstream.seen.length === 1);
    else await until(() => books.asked() > 0);
    if (when !== 'while') books.letGo();
    if (when === 'after') await node.booked(1);
    const from = performance.now();
    const closed = node.close();
    if (when === 'while') setTimeout(books.letGo, 400);
    const reply = await asked;
    expect([reply.complete, reply.body.toString().includes('message_stop')]).toEqual([true, true]);
    await closed;
    expect(performance.now() - from).toBeLessThan(1_800);
    await upstream.close();
  },
);

it('lets go of an upstream that is heard to its end, when the caller left before the books were begun', async () => {
  const upstream = await staysOpen();
  const service = { onClientGone: 'drain' } as const;
  const node = await startNode({ baseUrls: [upstream.url], service, limits: { lateBytesMs: 400 } });
  const onData = (_soFar: Buffer, hangUp: () => void) => void setTimeout(hangUp, 200);
  await ask(node, { body: messageBody({ stream: true }), onData }).catch(() => undefined);
  await node.booked(1);
  await until(() => upstream.aborted.count === 1, 2_000);
  expect(node.rows).toMatchObject([{ status: 'client_gone', estimated: false }]);
  expect([upstream.aborted.count, node.agent.load.running.size, node.agent.load.drains]).toEqual([1, 0, 0]);
  await node.close();
  await upstream.close();
});
