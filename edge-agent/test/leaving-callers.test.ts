import { dialects } from '@aicarpool/shared-protocol';
import { expect, it } from 'vitest';
import { ask, messageBody, until } from './ask.ts';
import { fakeUpstream } from './fake-upstream/fake-upstream.ts';
import { checkBills } from './faults/check-bills.ts';
import { letCallersLeave } from './faults/leaving-callers.ts';
import { streamHead } from './faults/providers.ts';
import { anthropicSpeech } from './faults/speech/anthropic-messages.ts';
import { withSettle } from './held-ledger.ts';
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
