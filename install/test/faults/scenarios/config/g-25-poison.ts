import { judge } from '../../checker/universal.ts';
import type { Scenario } from '../../scenario.ts';
import { eventually, pause } from '../../stack/program.ts';

/** What nobody could have written through the console stands in the database all the same. The last good config serves on. */
export const poison: Scenario = {
  id: 'G-25',
  title: 'poison and oversize config: the last good one serves, revocations still arrive',
  everyday: true,
  mutations: [
    {
      name: 'a refused resource holds everything up',
      file: 'edge-agent/src/snapshot/apply-scope.ts',
      find: '    if (reject || !checked.ok) return;',
      replace: '    if (reject || !checked.ok) throw new Error("poison");',
    },
  ],
  run: async (stage) => {
    const stack = await stage.open({ nodes: 2 });
    const { sql } = stack.centre;
    const callers = stack.call({ callers: 4, restMs: 10 });
    await pause(500);
    const poisons: [string, () => Promise<unknown>, () => Promise<unknown>][] = [
      [
        'an address that is none',
        () => sql`UPDATE carpool_upstreams SET base_url = 'http://[' WHERE group_id = ${stack.groupId}`,
        () => sql`UPDATE carpool_upstreams SET base_url = ${stack.toProvider[0]?.url ?? ''} WHERE group_id = ${stack.groupId}`,
      ],
      [
        'a service without any shape',
        () => sql`UPDATE carpool_services SET dialects = '"none"'::jsonb WHERE id = 'claude'`,
        () => sql`UPDATE carpool_services SET dialects = '{"anthropic-messages": ""}'::jsonb WHERE id = 'claude'`,
      ],
      [
        'a pattern list of 400 kB',
        () =>
          sql`UPDATE carpool_services SET model_patterns = ${JSON.stringify([`${'x'.repeat(400_000)}*`])}::text::jsonb WHERE id = 'gemini'`,
        () => sql`UPDATE carpool_services SET model_patterns = ${JSON.stringify(['gemini-*'])}::text::jsonb WHERE id = 'gemini'`,
      ],
    ];
    let slowestMs = 0;
    for (const [name, sow, mend] of poisons) {
      const key = await stack.newKey();
      const asks = () => Promise.all(stack.nodes.map(({ url }) => stack.ask({ node: url, key: key.secret })));
      await eventually(async () => {
        const all = await asks();
        if (all.some(({ status }) => status !== 200))
          throw new Error(`${name}: a new key got ${all.map(({ status }) => status)}`);
      });
      await sow();
      await pause(300);
      await stack.client.call('DELETE', `/user/api-keys/${key.id}`);
      const revokedAt = performance.now();
      await eventually(async () => {
        const all = await asks();
        if (all.some(({ status }) => status !== 401))
          throw new Error(`${name}: a revoked key still gets ${all.map(({ status }) => status)}`);
      }, 10_000).catch((error: Error) => stage.expect(false, error.message));
      slowestMs = Math.max(slowestMs, performance.now() - revokedAt);
      await pause(stage.pick(1_000, 5_000, 300));
      await mend();
    }
    const failed = callers.log.filter(({ endedAtMs, sawEnd }) => endedAtMs > 0 && !sawEnd);
    stage.expect(
      failed.length === 0,
      `${failed.length} requests failed meanwhile, first: ${failed[0]?.status} ${failed[0]?.body}`,
    );
    stage.expect(
      slowestMs < stage.pick(5_000, 5_000, 20_000),
      `a key that was revoked behind poison was dead after ${Math.round(slowestMs)} ms`,
    );
    await stack.nodes[0]?.kill();
    await stack.nodes[0]?.start();
    await judge(stage, stack);
    stage.figures['slowest revocation behind poison ms'] = Math.round(slowestMs);
  },
};
