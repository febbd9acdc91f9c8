import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConsoleClient, signIn } from './console-client.ts';
import { eventually, freshFolder, type Product, pause, startProduct } from './product.ts';

interface Stats {
  summary: { total_requests: number; total_tokens: number; lost_requests: number };
  query_info: { data_completeness: number };
}

/** Programs below `pid`, by what their command line contains. */
function descendants(pid: number, text: string): number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => readParent(candidate) === pid);
  return children.flatMap((child) => [...(commandOf(child).includes(text) ? [child] : []), ...descendants(child, text)]);
}

function readParent(pid: number): number {
  try {
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  } catch {
    return -1;
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

describe.runIf(process.platform === 'linux')('what happens when a part dies', () => {
  const folder = freshFolder();
  let product: Product;
  let client: ConsoleClient;
  let key = '';
  let groupId = '';

  const body = JSON.stringify({ model: 'claude-sonnet-5', max_tokens: 16, messages: [{ role: 'user', content: 'instant' }] });
  const ask = () =>
    fetch(`${product.nodeUrl}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(10_000),
    });
  const stats = () => client.call<Stats>('GET', `/carpool/groups/${groupId}/ai-services/stats?force_refresh=true`);
  const supervisor = () => product.running.child.pid ?? 0;
  const nodePid = () => descendants(supervisor(), 'edge-agent/src/main.ts run')[0] ?? 0;
  const controlPlanePid = () => descendants(supervisor(), 'control-plane/src/main.ts')[0] ?? 0;

  beforeAll(async () => {
    product = await startProduct(folder.path);
    key = /acp_[\w-]+/.exec(product.running.output)?.[0] ?? '';
    client = await signIn(product.consoleUrl);
    const { groups } = await client.call<{ groups: { id: string }[] }>('GET', '/carpool/groups');
    groupId = groups[0]?.id ?? '';
  });

  afterAll(async () => {
    await product?.running.end();
    folder.remove();
  });

  it('keeps every answer that a client saw end in the books, over kill -9 of the node under load', async () => {
    let finished = 0;
    let tokens = 0;
    let loading = true;
    const client20 = Array.from({ length: 20 }, async () => {
      while (loading) {
        try {
          const answer = await ask();
          const message = (await answer.json()) as { usage?: { input_tokens: number; output_tokens: number } };
          if (!answer.ok || !message.usage) continue;
          finished += 1;
          tokens += message.usage.input_tokens + message.usage.output_tokens;
        } catch {
          await pause(10);
        }
      }
    });
    for (let round = 0; round < 4; round += 1) {
      const before = finished;
      await eventually(async () => expect(finished).toBeGreaterThan(before + 20), 20_000);
      const pid = nodePid();
      expect(pid).toBeGreaterThan(0);
      process.kill(pid, 'SIGKILL');
      await eventually(async () => expect((await fetch(`${product.nodeUrl}/readyz`)).status).toBe(200), 10_000);
    }
    loading = false;
    await Promise.all(client20);
    const seen = await eventually(async () => {
      const answer = await stats();
      expect(answer.query_info.data_completeness).toBe(1);
      return answer;
    });
    expect(finished).toBeGreaterThan(80);
    const booked = seen.summary;
    expect(booked.total_requests - booked.lost_requests).toBeGreaterThanOrEqual(finished);
    expect(booked.total_tokens).toBeGreaterThanOrEqual(tokens);
  });

  it('carries traffic while control plane and database are dead, also on a node that starts meanwhile', async () => {
    const postgres = descendants(controlPlanePid(), 'postgres').length > 0 ? descendants(controlPlanePid(), 'postgres') : [];
    for (const pid of [controlPlanePid(), ...postgres]) process.kill(pid, 'SIGSTOP');
    try {
      expect((await ask()).status).toBe(200);
      process.kill(nodePid(), 'SIGKILL');
      await eventually(async () => expect((await ask()).status).toBe(200), 10_000);
    } finally {
      for (const pid of [...postgres, controlPlanePid()]) process.kill(pid, 'SIGCONT');
    }
  });

  it('brings a killed control plane back within seconds, and it knows everything', async () => {
    process.kill(controlPlanePid(), 'SIGKILL');
    await eventually(async () => expect((await stats()).summary.total_requests).toBeGreaterThan(80), 20_000);
  });

  it('brings a killed database back within seconds', async () => {
    const postmaster = Number(
      execFileSync('sh', ['-c', `head -n 1 $(find ${folder.path} -name postmaster.pid)`], { encoding: 'utf8' }),
    );
    process.kill(postmaster, 'SIGKILL');
    await eventually(async () => expect((await stats()).summary.total_requests).toBeGreaterThan(80), 20_000);
    expect((await ask()).status).toBe(200);
  });
});
