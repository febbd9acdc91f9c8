import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConsoleClient, signIn } from './console-client.ts';
import { eventually, freshFolder, type Product, pause, startProduct } from './product.ts';

interface Use {
  readonly used: number;
  readonly left: number;
  readonly state: string;
}
interface Alert {
  readonly id: string;
  readonly quota_id: string;
  readonly level: string;
  readonly acknowledged_at: string | null;
}

describe('a quota of a group', () => {
  const folder = freshFolder();
  let product: Product;
  let client: ConsoleClient;
  let groupId: string;
  let apiKey: string;
  let quotaId: string;

  const path = () => `/carpool/groups/${groupId}/quotas`;
  const useNow = async () => {
    const { quotas } = await client.call<{ quotas: { id: string; use: Use[] }[] }>('GET', path());
    return quotas.find(({ id }) => id === quotaId)?.use[0];
  };
  const setLimit = (limit: number, reason: string) => client.call('PATCH', `${path()}/${quotaId}`, { limit, reason });
  const alerts = async () =>
    (await client.call<{ alerts: Alert[] }>('GET', '/alerts')).alerts.filter(({ quota_id }) => quota_id === quotaId);

  async function ask(): Promise<{ status: number; tokens: number; text: string }> {
    const answer = await fetch(`${product.nodeUrl}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'claude-sonnet-5', max_tokens: 60, messages: [{ role: 'user', content: 'Hi' }] }),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await answer.text();
    const usage = answer.ok ? JSON.parse(text).usage : { input_tokens: 0, output_tokens: 0 };
    return { status: answer.status, tokens: usage.input_tokens + usage.output_tokens, text };
  }

  beforeAll(async () => {
    product = await startProduct(folder.path);
    client = await signIn(product.consoleUrl);
    const { groups } = await client.call<{ groups: { id: string }[] }>('GET', '/carpool/groups');
    groupId = groups[0]?.id ?? '';
    apiKey = (await client.call<{ api_key: string }>('POST', '/user/api-keys', { name: 'quotas', group_id: groupId })).api_key;
    const wish = { of: 'group', unit: 'tokens', window: 'day', limit: 1_000_000, reason: 'to begin with' };
    quotaId = (await client.call<{ id: string }>('POST', path(), wish)).id;
    // A node that was not told yet of key or quota counts nothing.
    await eventually(async () => {
      expect((await ask()).status).toBe(200);
      expect((await useNow())?.used).toBeGreaterThan(0);
    });
    await eventually(async () => {
      const before = await useNow();
      await pause(1500);
      expect(await useNow()).toEqual(before);
    });
  });

  afterAll(async () => {
    await product?.running.end();
    folder.remove();
  });

  it('shows what was used within seconds, to the token', async () => {
    const before = (await useNow())?.used ?? 0;
    const answers = [await ask(), await ask(), await ask()];
    const tokens = answers.reduce((sum, one) => sum + one.tokens, 0);
    expect(tokens).toBeGreaterThan(0);
    await eventually(async () => expect(await useNow()).toMatchObject({ used: before + tokens, state: 'ok' }));
    const days = await client.call<{ days: { used: number }[] }>('GET', `${path()}/${quotaId}/trend`);
    expect(days.days.at(-1)?.used).toBeGreaterThanOrEqual(before + tokens);
  });

  it('that is lowered refuses within seconds, says so to its people, and keeps why', async () => {
    const used = (await useNow())?.used ?? 0;
    await setLimit(used + 1, 'nothing more today');
    await eventually(async () => expect(await alerts()).toMatchObject([{ level: 'near', acknowledged_at: null }]));
    const refused = await eventually(async () => {
      const answer = await ask();
      expect(answer.status).toBe(429);
      return answer;
    });
    expect(refused.text).toContain(quotaId);
    expect((await useNow())?.used).toBeLessThanOrEqual(used + 200);
    const { changes } = await client.call<{ changes: { after: { limit: number }; reason: string }[] }>(
      'GET',
      `${path()}/history`,
    );
    expect(changes[0]).toMatchObject({ after: { limit: used + 1 }, reason: 'nothing more today' });
  });

  it('that is raised lets requests through again; an alert that was seen is no longer open', async () => {
    await setLimit(1_000_000, 'a new day');
    await eventually(async () => expect((await ask()).status).toBe(200));
    for (const { id } of await alerts()) await client.call('POST', `/alerts/${id}/acknowledge`);
    expect((await client.call<{ alerts: Alert[] }>('GET', '/alerts?status=open')).alerts).toEqual([]);
  });
});
