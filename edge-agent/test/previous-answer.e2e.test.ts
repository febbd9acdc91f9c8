import { afterEach, expect, it } from 'vitest';
import { ask } from './ask.ts';
import { fakeUpstream, json } from './fake-upstream/fake-upstream.ts';
import { startNode } from './start-node.ts';

const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of closing.splice(0).reverse()) await one.close();
});

/** A provider that keeps its answers, and knows no other's. */
async function keeper(name: string) {
  const kept = new Set<string>();
  const upstream = await fakeUpstream((seen, response) => {
    const { previous_response_id: previous } = JSON.parse(seen.body.toString());
    if (previous && !kept.has(previous))
      return json(response, 400, '{"error":{"message":"no such response","code":"previous_response_not_found"}}');
    const id = `resp_${name}_${kept.size}`;
    kept.add(id);
    const usage = { input_tokens: 9, output_tokens: 2, total_tokens: 11 };
    json(response, 200, JSON.stringify({ id, object: 'response', status: 'completed', model: 'gpt-5', output: [], usage }));
  });
  closing.push(upstream);
  return upstream;
}

it('sends a request that goes on from a kept answer to the account that keeps it', async () => {
  const accounts = await Promise.all(['a', 'b', 'c', 'd'].map(keeper));
  const node = await startNode({ baseUrls: accounts.map(({ url }) => url), upstream: { priority: 0 } });
  closing.push(node);
  const turn = async (input: string, previous?: string) => {
    const body = JSON.stringify({ model: 'gpt-5', input, ...(previous ? { previous_response_id: previous } : {}) });
    const answer = await ask(node, { path: '/v1/responses', body });
    expect(answer.status, answer.body.toString()).toBe(200);
    return String(JSON.parse(answer.body.toString()).id);
  };
  for (const opening of ['one', 'two', 'three', 'four', 'five', 'six']) {
    let id = await turn(opening);
    for (const next of ['and', 'then', 'so']) id = await turn(`${opening} ${next}`, id);
  }
  expect(accounts.filter(({ seen }) => seen.length > 0).length).toBeGreaterThan(1);
});
