import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConsoleClient, signIn } from './console-client.ts';
import { eventually, freePort, freshFolder, type Product, pause, Running, startProduct } from './product.ts';

interface Stats {
  query_info: { data_completeness: number; nodes_queried: number; nodes_responded: number };
  summary: { total_requests: number; total_tokens: number; total_cost: number };
  node_details: { node_id: string; status: string }[];
}

const body = (stream = false) =>
  JSON.stringify({ model: 'claude-sonnet-5', max_tokens: 64, stream, messages: [{ role: 'user', content: 'Hi' }] });

function ask(nodeUrl: string, key: string, stream = false): Promise<Response> {
  return fetch(`${nodeUrl}/v1/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: body(stream),
    signal: AbortSignal.timeout(20_000),
  });
}

describe('from an empty folder to shared nodes', () => {
  const folder = freshFolder();
  const edgeFolder = freshFolder();
  let product: Product;
  let client: ConsoleClient;
  let groupId: string;
  let tokensSeen = 0;

  const stats = () => client.call<Stats>('GET', `/carpool/groups/${groupId}/ai-services/stats?force_refresh=true`);

  beforeAll(async () => {
    product = await startProduct(folder.path);
    client = await signIn(product.consoleUrl);
  });

  afterAll(async () => {
    await product?.running.end();
    folder.remove();
    edgeFolder.remove();
  });

  it('prints curl lines that answer at once, stream and not', async () => {
    const lines = product.running.output.split('\n').filter((line) => line.startsWith('curl '));
    expect(lines).toHaveLength(2);
    const [plain = '', stream = ''] = lines.map((line) => execFileSync('sh', ['-c', line], { encoding: 'utf8' }));
    const message = JSON.parse(plain);
    expect(message).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'end_turn' });
    expect(stream).toContain('event: message_stop');
    const delta = JSON.parse(/event: message_delta\ndata: (.*)/.exec(stream)?.[1] ?? '{}');
    const start = JSON.parse(/event: message_start\ndata: (.*)/.exec(stream)?.[1] ?? '{}');
    tokensSeen =
      message.usage.input_tokens + message.usage.output_tokens + start.message.usage.input_tokens + delta.usage.output_tokens;
  });

  it('shows exactly those requests and tokens, completely', async () => {
    const { groups } = await client.call<{ groups: { id: string; name: string }[] }>('GET', '/carpool/groups');
    groupId = groups[0]?.id ?? '';
    const seen = await stats();
    expect(seen.summary).toMatchObject({ total_requests: 2, total_tokens: tokensSeen });
    expect(seen.query_info).toMatchObject({ data_completeness: 1, nodes_queried: 1, nodes_responded: 1 });
  });

  it('starts again on the same data and keeps everything', async () => {
    expect(await product.running.end('SIGINT')).toBe(0);
    product = await startProduct(folder.path);
    client = await signIn(product.consoleUrl);
    expect((await stats()).summary).toMatchObject({ total_requests: 2, total_tokens: tokensSeen });
  });

  it('takes in a second node by the printed token; keys reach it and leave it within a second', async () => {
    const made = await client.call<{ registration_token: string; install_command: string }>(
      'POST',
      '/admin/edge-nodes/registration-tokens',
      {},
    );
    expect(made.install_command).toContain(made.registration_token);
    const enrolment = new Running(
      [
        'edge-agent/src/main.ts',
        'enroll',
        '--control-plane',
        product.consoleUrl,
        '--token',
        made.registration_token,
        '--data-dir',
        edgeFolder.path,
      ],
      {},
    );
    await new Promise((resolve) => enrolment.child.once('exit', resolve));
    expect(enrolment.child.exitCode, enrolment.output).toBe(0);

    const edgeUrl = `http://127.0.0.1:${await freePort()}`;
    const edge = new Running(
      ['edge-agent/src/main.ts', 'run', '--data-dir', edgeFolder.path, '--listen', new URL(edgeUrl).host],
      {},
    );
    try {
      await eventually(async () => expect((await fetch(`${edgeUrl}/readyz`)).status).toBe(200));
      const key = await client.call<{ id: string; api_key: string }>('POST', '/user/api-keys', {
        name: 'travelling',
        group_id: groupId,
      });
      const answer = await eventually(async () => {
        const response = await ask(edgeUrl, key.api_key);
        expect(response.status).toBe(200);
        return response;
      }, 1_000);
      await answer.text();

      const both = await stats();
      expect(both.summary.total_requests).toBe(3);
      expect(both.query_info).toMatchObject({ data_completeness: 1, nodes_queried: 2 });

      await client.call('DELETE', `/user/api-keys/${key.id}`);
      await eventually(async () => expect((await ask(edgeUrl, key.api_key)).status).toBe(401), 1_000);
      await eventually(async () => expect((await ask(product.nodeUrl, key.api_key)).status).toBe(401), 1_000);
    } finally {
      expect(await edge.end()).toBe(0);
    }
  });

  it('knows everything of a node that stopped in good order from the settled books, and says that it did not answer', async () => {
    await pause(200);
    const seen = await stats();
    expect(seen.query_info.data_completeness).toBe(1);
    expect(seen.node_details.map(({ status }) => status).sort()).not.toEqual(['responded', 'responded']);
    expect(seen.summary.total_requests).toBeGreaterThanOrEqual(3);
  });
});
