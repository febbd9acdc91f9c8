import { rmSync } from 'node:fs';
import { join } from 'node:path';
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
  mutations: [
    {
      name: 'a failed sync is tried again',
      file: 'edge-agent/src/ledger/running-ledger.ts',
      find: 'if (!this.#room.isWornOut) onFatal?.(',
      replace: 'if (this.#options.dataDir === "") onFatal?.(',
    },
  ],
  run: async (stage) => {
    const stack = await stage.open();
    const { node } = stack;
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
    for (let round = 0; round < stage.pick(2, 6, 1); round += 1) {
      await failOnce(stage, stack);
      stage.expect((await stack.ask()).status === 200, 'after a failed sync and a restart the node does not serve');
      await failOnce(stage, stack);
      const { status, body } = await stack.ask();
      stage.expect(
        status === 503 && body.includes('disk'),
        `a disk that failed twice within minutes still serves: ${status} ${body}`,
      );
      // The word of an operator: the disk is well again.
      await node.stop();
      rmSync(join(node.dataDir, 'ledger.failures'));
      await node.start();
      stage.expect((await stack.ask()).status === 200, 'a disk that is well again is not used');
    }
    await judge(stage, stack);
  },
};

async function failOnce(stage: Stage, stack: Stack): Promise<void> {
  const { node } = stack;
  await pause(300);
  const eio = await injectInto(node.program.pid, 'fsync,fdatasync:error=EIO:when=2+', stack.options.folder);
  const ended = await Promise.race([node.program.ended, pause(30_000)]);
  await eio.stop();
  stage.expect(
    ended !== undefined && ended.code === 70,
    `after a failed sync the node ended with ${JSON.stringify(ended)}; 70 is right`,
  );
  if (node.isRunning) await node.kill();
  await node.start();
  stage.expectAll(readAllBooks(stack).flatMap(({ faults }) => faults));
}
