import { judge } from '../../checker/universal.ts';
import type { Scenario } from '../../scenario.ts';
import { pause } from '../../stack/program.ts';

/** kill -9 at moments that nobody chose, under load; the process comes back at once. */
export const killedNode: Scenario = {
  id: 'G-1',
  title: 'kill -9 of a node under load, again and again',
  everyday: true,
  mutations: [
    {
      name: 'what a crash left open is forgotten',
      file: 'edge-agent/src/ledger/write/row-writer.ts',
      find: 'of takeLost(this.#db, nowMs)) {',
      replace: 'of takeLost(this.#db, nowMs).slice(0, 0)) {',
    },
  ],
  run: async (stage) => {
    const stack = await stage.open();
    const callers = stack.call({ callers: 16, restMs: 2 });
    const rounds = stage.pick(6, 50);
    const calmMs = stack.node.startMs;
    let slowestMs = 0;
    for (let round = 0; round < rounds; round += 1) {
      await pause(150 + stage.random() * 700);
      await stack.node.kill();
      await stack.node.start();
      slowestMs = Math.max(slowestMs, stack.node.startMs);
    }
    await pause(300);
    const { books } = await judge(stage, stack);
    const lost = books.flatMap(({ rows }) => rows).filter(({ status }) => status === 'lost').length;
    // A busy machine starts nothing in two seconds.
    const most = Math.max(2_000, 4 * calmMs);
    stage.expect(
      slowestMs <= most,
      `the slowest of ${rounds} starts took ${Math.round(slowestMs)} ms, at most ${Math.round(most)}`,
    );
    stage.expect(callers.ended > rounds * 10, `only ${callers.ended} answers ended: this was no load`);
    stage.expect(lost > 0, 'no request was open when the node was killed: nothing was tried');
    Object.assign(stage.figures, { kills: rounds, lost, 'slowest start ms': Math.round(slowestMs) });
  },
};
