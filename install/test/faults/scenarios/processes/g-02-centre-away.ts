import { findLeftWaiting } from '../../checker/left-waiting.ts';
import { judge } from '../../checker/universal.ts';
import type { Scenario } from '../../scenario.ts';
import { askOnce } from '../../stack/callers.ts';
import { eventually, pause } from '../../stack/program.ts';
import { heldUp } from '../held-up.ts';

/** Control plane and Postgres are gone; nodes serve on, also such as start meanwhile, and nothing of it is lost. */
export const centreAway: Scenario = {
  id: 'G-2',
  title: 'control plane and Postgres away, nodes restarted twice meanwhile',
  everyday: true,
  mutations: [
    {
      name: 'rights end after five seconds without the centre',
      file: 'shared-protocol/src/escrow/node-news.ts',
      find: 'holdMs: answer.hold_s * 1000 }',
      replace: 'holdMs: 5_000 }',
    },
    heldUp,
  ],
  run: async (stage) => {
    const stack = await stage.open({ nodes: 2, durable: true });
    const [first, second] = stack.nodes;
    if (!first || !second) throw new Error('two nodes were asked for');
    await stack.newQuota({ of: 'group', unit: 'tokens', window: 'day', limit: 50_000_000, mode: 'hard', max_output_tokens: 64 });
    await stack.newQuota({ of: 'key', unit: 'usd', window: 'month', limit: 10_000, mode: 'soft' });
    await pause(1_000);
    const revoked = await stack.newKey();
    const refusedEverywhere = async () => {
      for (const { url } of stack.nodes) {
        const { status } = await askOnce({ node: url, key: revoked.secret, rid: stack.nextRid() });
        if (status !== 401) throw new Error(`a revoked key got ${status} from ${url}`);
      }
    };
    await eventually(async () => {
      const { status } = await askOnce({ node: second.url, key: revoked.secret, rid: stack.nextRid(), log: stack.clientLog });
      if (status !== 200) throw new Error(`a new key got ${status}`);
    });
    await stack.client.call('DELETE', `/user/api-keys/${revoked.id}`);
    await eventually(refusedEverywhere);

    const awayMs = stage.awayMs ?? stage.pick(60_000, 600_000, 8_000);
    const calmAtMs = Date.now();
    const callers = stack.call({
      callers: 6,
      timeoutMs: 15_000,
      restMs: awayMs > 120_000 ? 500 : 20,
      nodes: () => stack.nodes.filter((n) => n.isRunning).map((n) => n.url),
    });
    // Cover is asked for once a rate can be told from a burst, after some five seconds; for longer, the longer it is in use.
    await pause(Math.max(9_000, awayMs / 20));
    const killedAtMs = Date.now();
    await stack.centre.killReplica(0);
    await stack.centre.stopPostgres();
    const awayAt = performance.now();
    await pause(awayMs / 4);
    await first.stop();
    await first.start();
    await pause(awayMs / 4);
    await second.kill();
    await second.start();
    await refusedEverywhere().catch((error: unknown) => stage.expect(false, String(error)));
    const bothBackAtMs = Date.now();
    await pause(Math.max(1_500, awayMs - (performance.now() - awayAt)));
    await refusedEverywhere().catch((error: unknown) => stage.expect(false, String(error)));
    // Who is told to come again by a node that is being stopped finds another one, or the same a moment later. Before there was
    // an outage there was no cover: a disk that stalls then lets a first request wait for rights in vain.
    const refused = callers.refused.filter(({ body, sentAtMs }) => sentAtMs >= killedAtMs && !body.includes('being shut down'));
    stage.expect(refused.length === 0, `${refused.length} requests were refused, first: ${JSON.stringify(refused[0])}`);
    const endsAtMs = Date.now();
    stage.figures['away s'] = Math.round((performance.now() - awayAt) / 1000);

    await stack.centre.startPostgres();
    await stack.centre.startReplica(0);
    await judge(stage, stack);
    const calm = { fromMs: calmAtMs, toMs: killedAtMs };
    stage.expectAll(findLeftWaiting(callers, calm, [{ fromMs: killedAtMs, toMs: endsAtMs }]));
    for (const { name, url } of stack.nodes) {
      const served = callers.log.some((line) => line.node === url && line.sawEnd && line.sentAtMs >= bothBackAtMs);
      stage.expect(served, `${name} was restarted without the centre and answered nobody to the end`);
    }
    await stack.signIn();
    const key = await stack.newKey();
    await eventually(async () => {
      const { status } = await askOnce({ node: first.url, key: key.secret, rid: stack.nextRid() });
      if (status !== 200) throw new Error(`a key made after the outage got ${status}`);
    }, 70_000);
  },
};
