import { judge, readAllBooks } from '../../checker/universal.ts';
import type { Scenario, Stage } from '../../scenario.ts';
import { injectInto, lacksStrace } from '../../stack/machine.ts';
import { pause } from '../../stack/program.ts';
import type { Stack } from '../../stack/stack.ts';

/** The disk says that a sync failed, and at other times it takes its time. */
export const failingSync: Scenario = {
  id: 'G-11',
  title: 'fsync fails with EIO; fsync takes 20 to 500 ms',
  everyday: true,
  lacks: lacksStrace,
  mutations: [],
  run: async (stage) => {
    const stack = await stage.open();
    const callers = stack.call({ callers: 8, restMs: 5 });
    await pause(700);
    for (const slowMs of stage.pick([20, 100, 500], [20, 100, 500], [50, 300])) {
      const before = callers.ended;
      const slow = await injectInto(stack.node.program.pid, `fsync,fdatasync:delay_enter=${slowMs * 1000}`, stack.options.folder);
      await pause(stage.pick(3_000, 20_000, 2_000));
      await slow.stop();
      stage.expect(callers.ended - before > 5, `with syncs of ${slowMs} ms only ${callers.ended - before} answers ended`);
      stage.figures[`answers at ${slowMs} ms`] = callers.ended - before;
    }
    stage.expect(callers.refused.length === 0, `a slow disk made the node refuse: ${callers.refused[0]?.body}`);
    for (let round = 0; round < stage.pick(3, 10, 2); round += 1) await failOnce(stage, stack);
    await judge(stage, stack);
  },
};

async function failOnce(stage: Stage, stack: Stack): Promise<void> {
  const { node } = stack;
  await pause(300);
  const eio = await injectInto(node.program.pid, 'fsync,fdatasync:error=EIO:when=3', stack.options.folder);
  const ended = await Promise.race([node.program.ended, pause(15_000)]);
  await eio.stop();
  stage.expect(
    ended !== undefined && ended.code === 70,
    `after a failed sync the node ended with ${JSON.stringify(ended)}; 70 is right`,
  );
  if (node.isRunning) await node.kill();
  await node.start();
  stage.expectAll(readAllBooks(stack).flatMap(({ faults }) => faults));
}
