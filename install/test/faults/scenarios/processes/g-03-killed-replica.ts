import { findBroken, findLeftWaiting } from '../../checker/left-waiting.ts';
import { judge } from '../../checker/universal.ts';
import type { Scenario } from '../../scenario.ts';
import { pause } from '../../stack/program.ts';

/** Of two replicas one is always being killed while nodes settle through both. */
export const killedReplica: Scenario = {
  id: 'G-3',
  title: 'kill -9 of control-plane replicas while nodes settle',
  everyday: true,
  mutations: [
    {
      name: 'a batch that comes twice is no duplicate',
      file: 'shared-protocol/src/escrow/stream.ts',
      find: "return { status: 'dup', ...same };",
      replace: "return batch === null ? { status: 'dup', ...same } : ({ status: 'ok', ...same } as never);",
    },
  ],
  run: async (stage) => {
    const stack = await stage.open({ nodes: 2, replicas: 2 });
    const calmAtMs = Date.now();
    const callers = stack.call({ callers: 8, restMs: 5, timeoutMs: 15_000 });
    await pause(1_000);
    const beginsAtMs = Date.now();
    const rounds = stage.pick(6, 30, 3);
    for (let round = 0; round < rounds; round += 1) {
      await pause(500 + stage.random() * 800);
      const at = round % 2;
      await stack.centre.killReplica(at);
      await pause(stage.random() * 500);
      await stack.centre.startReplica(at);
      // And answers that are lost on their way: what was settled is sent again.
      for (const { toCentre } of stack.nodes) toCentre.set('dropAnswers');
      await pause(1_200);
      for (const { toCentre } of stack.nodes) toCentre.set('pass');
    }
    const endsAtMs = Date.now();
    await judge(stage, stack);
    stage.expect(callers.refused.length === 0, `${callers.refused.length} requests were refused meanwhile`);
    const calm = { fromMs: calmAtMs, toMs: beginsAtMs };
    stage.expectAll(findLeftWaiting(callers, calm, [{ fromMs: beginsAtMs, toMs: endsAtMs }]));
    stage.expectAll(findBroken(callers));
    stage.figures['kills'] = rounds;
  },
};
