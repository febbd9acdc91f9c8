import { afterEach, expect, it } from 'vitest';
import type { Intent } from '../src/ledger/ledger.ts';
import { ask, messageBody } from './ask.ts';
import { anthropicEnd, anthropicStart, anthropicText, fakeUpstream } from './fake-upstream/fake-upstream.ts';
import { passThrough } from './pass-through.ts';
import { QuotaCluster } from './quota-nodes.ts';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

/** A node before a provider that streams so many pieces of some twelve tokens; and what its books would tell after a crash. */
async function streaming(pieces: number, mode: 'soft' | 'hard' | 'stream') {
  const upstream = await fakeUpstream(async (_seen, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(anthropicStart());
    for (let at = 0; at < pieces; at += 1) {
      response.write(anthropicText('one word after another, and one more. '));
      if (at % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    response.end(anthropicEnd(pieces * 12));
  });
  closing.push(upstream);
  const written: Intent[] = [];
  const cluster = new QuotaCluster([{ mode, unit: 'tokens', limit: 1_000_000 }]);
  const node = await cluster.add({
    baseUrls: [upstream.url],
    wrapLedger: (ledger) => ({
      ...passThrough(ledger),
      intend: (intent) => {
        written.push(intent);
        return ledger.intend(intent);
      },
      renew: (intent) => {
        written.push(intent);
        ledger.renew(intent);
      },
    }),
  });
  closing.push(node);
  const answer = await ask(node, { body: messageBody({ stream: true, max_tokens: mode === 'hard' ? 64_000 : undefined }) });
  expect(answer.status).toBe(200);
  return written;
}

const heldBy = ({ holds = [] }: Intent) => holds.reduce((sum, { amount }) => sum + amount, 0);

it.each(['soft', 'hard', 'stream'] as const)(
  'a long stream is written down anew as it grows (%s budget): a crash books no less than had come',
  async (mode) => {
    const written = await streaming(500, mode);
    const outputs = written.map(({ estimate }) => estimate.output);
    expect(outputs.at(-1)).toBeGreaterThan(4_000);
    expect(outputs).toEqual([...outputs].sort((a, b) => a - b));
    expect(outputs.length).toBeLessThan(10);
    expect(written.at(-1)?.estimateCostNanoUsd).toBeGreaterThan(written[0]?.estimateCostNanoUsd ?? 0);
    expect(heldBy(written.at(-1) as Intent)).toBeGreaterThanOrEqual(mode === 'soft' ? 1 : 4_000);
  },
);

it('a short one is written once', async () => {
  expect(await streaming(20, 'stream')).toHaveLength(1);
});
