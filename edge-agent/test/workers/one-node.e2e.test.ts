import type { StatsQuestion } from '@aicarpool/shared-protocol';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import { globalScope, groupBody, serviceBody, upstreamBody } from '../config-source.ts';
import { askMany, Stage, soon } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await Stage.open();
});
afterEach(() => stage.close());

function question(id: string): StatsQuestion {
  const hourMs = 3_600_000;
  const edges = [Date.now() - 2 * hourMs, Date.now() + hourMs].map((atMs) => new Date(atMs).toISOString());
  const filter = { group_ids: null, key_ids: null, user_ids: null, services: null };
  return { question_id: id, edges, by: ['group', 'model'], filter, deadline_ms: 5_000 };
}

test('answers questions about all its books as if they were one, also those of workers that there are no more', async () => {
  const node = await stage.run(3);
  await askMany(node, 90);
  await stage.serving(3);
  const asked = stage.provider.billed.size;
  await vi.waitFor(() => expect(stage.center.streams).toBe(1), soon);
  stage.center.tell({ type: 'query', question: question('qst_1') });
  await vi.waitFor(() => expect(stage.center.answers).toHaveLength(1), soon);
  const [answer] = stage.center.answers;
  expect(answer).toMatchObject({ outcome: 'complete', rows: asked });
  expect(answer?.cells).toMatchObject([{ group: 'grp_a', requests: asked, input: asked * 10, output: asked * 5 }]);
  expect(answer?.cells[0]?.durations.reduce((sum, [, count]) => sum + count, 0)).toBe(asked);
  await node.kill('SIGTERM');

  await stage.run(1);
  await vi.waitFor(() => expect(stage.center.streams).toBe(1), soon);
  stage.center.tell({ type: 'query', question: question('qst_2') });
  await vi.waitFor(() => expect(stage.center.answers).toHaveLength(2), soon);
  expect(stage.center.answers[1]).toMatchObject({ outcome: 'complete', rows: stage.provider.billed.size });
}, 90_000);

test('counts for all workers in metrics and heartbeats', async () => {
  const node = await stage.run(3);
  await askMany(node, 60);
  const asked = stage.provider.billed.size;
  for (let look = 0; look < 6; look += 1) {
    const text = await (await fetch(`${node.origin}/metrics`, { headers: { connection: 'close' } })).text();
    const counted = /carpool_edge_requests_total\{dialect="anthropic-messages",status="ok"\} (\d+)/.exec(text)?.[1];
    expect(Number(counted)).toBe(asked);
  }
  const rows = () => stage.record().workers.reduce((sum, { ledger }) => sum + (ledger?.seq ?? 0), 0);
  await vi.waitFor(() => expect(rows()).toBe(asked), soon);
  await node.kill('SIGTERM');
  const last = stage.center.heartbeats.at(-1);
  expect(last).toMatchObject({ status: 'draining', total_requests_today: asked });
}, 60_000);

test('streams run to their end through any worker, and lines that stay open spread evenly', async () => {
  const node = await stage.run(2);
  stage.provider.waitMs = 300;
  const streams = Array.from({ length: 10 }, async () => {
    const response = await fetch(`${node.origin}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': 'acp_one', 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'claude-sonnet-4-5',
        max_tokens: 9,
        stream: true,
        messages: [{ role: 'user', content: 'hi' }],
      }),
    });
    return response.text();
  });
  for (const text of await Promise.all(streams)) expect(text).toContain('"type":"message_stop"');
  const workers = await vi.waitFor(() => {
    const found = stage.record().workers.map(({ connections }) => connections);
    expect(found.reduce((sum, one) => sum + one, 0)).toBeGreaterThanOrEqual(10);
    return found;
  }, soon);
  expect(Math.abs((workers[0] ?? 0) - (workers[1] ?? 0))).toBeLessThanOrEqual(1);
}, 60_000);

test('takes WebSockets', async () => {
  const { source } = stage;
  source.put(
    globalScope,
    'service',
    'openai',
    serviceBody('openai', { dialects: { 'openai-responses': '' }, base_url: 'simulator://local' }),
  );
  const use = { enabled: true, priority: 1, weight: 100, model_whitelist: null, model_blacklist: [] };
  const services = ['claude', 'openai'].map((service) => ({ service, ...use }));
  source.put('grp_a', 'group', 'grp_a', { ...groupBody('grp_a'), services });
  const account = upstreamBody('ups_2', 'grp_a', source.sealSecret('grp_a', 'ups_2', 'sk-two'), { service: 'openai' });
  source.put('grp_a', 'upstream', 'ups_2', account);
  const node = await stage.run(2);
  const address = `${node.origin.replace('http', 'ws')}/v1/responses`;
  // The worker that takes the line may hear of the key a moment later than the other one.
  const socket = await vi.waitFor(() => openSocket(address), soon);
  const types: string[] = [];
  const ended = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      const { type } = JSON.parse(data.toString());
      types.push(type);
      if (type === 'response.completed') resolve();
    });
  });
  const input = [{ role: 'user', content: [{ type: 'input_text', text: 'hi' }] }];
  socket.send(JSON.stringify({ type: 'response.create', model: 'gpt-5', input }));
  await ended;
  socket.close();
  expect(types).toContain('response.output_text.delta');
}, 60_000);

function openSocket(address: string): Promise<WebSocket> {
  const socket = new WebSocket(address, { headers: { authorization: 'Bearer acp_one' } });
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
  });
}
