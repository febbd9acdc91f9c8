import { readdirSync, readFileSync } from 'node:fs';
import { judge } from '../../checker/universal.ts';
import type { Scenario } from '../../scenario.ts';
import { eventually, pause } from '../../stack/program.ts';

/** Killed so often, a slot rests for up to 15 s before its next worker starts. */
const replacedWithinMs = 30_000;

/** A node of several processes loses one of them, any of them, again and again; the others go on, and it comes back. */
export const killedWorker: Scenario = {
  id: 'G-1',
  title: 'kill -9 of random workers of a node under load',
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
    const stack = await stage.open({ workers: 2 });
    await stack.newQuota({ of: 'group', unit: 'tokens', window: 'day', limit: 5_000_000, mode: 'hard', max_output_tokens: 64 });
    await pause(1_000);
    const callers = stack.call({ callers: 12, restMs: 5 });
    const primary = stack.node.program.pid;
    const rounds = stage.pick(10, 60, 4);
    for (let round = 0; round < rounds; round += 1) {
      await pause(400 + stage.random() * 800);
      const workers = childrenOf(primary);
      const victim = workers[Math.floor(stage.random() * workers.length)];
      stage.expect(victim !== undefined, 'the node has no workers');
      if (victim) process.kill(victim, 'SIGKILL');
      await eventually(() => {
        const now = childrenOf(primary);
        if (now.length < 2 || now.includes(victim ?? 0))
          throw new Error(`the node has ${now.length} workers; a killed one is not replaced`);
      }, replacedWithinMs).catch((error: Error) => stage.expect(false, error.message));
    }
    // What they left open is booked by those that took their place, once these serve.
    await eventually(() => assertAllServe(stack.node.program.output), replacedWithinMs).catch((error: Error) =>
      stage.expect(false, error.message),
    );
    await pause(500);
    stage.expect(stack.node.program.pid === primary && stack.node.isRunning, 'the node fell over with its worker');
    stage.expect(callers.ended > rounds * 10, `only ${callers.ended} answers ended: this was no load`);
    const { books } = await judge(stage, stack);
    const lost = books.flatMap(({ rows }) => rows).filter(({ status }) => status === 'lost').length;
    stage.expect(lost > 0, 'no request was open when a worker was killed: nothing was tried');
    Object.assign(stage.figures, { kills: rounds, lost, books: books.length });
  },
};

/** By what the node says of its workers: each that ended was followed by one that serves. */
function assertAllServe(output: string): void {
  const serving = new Map<string, boolean>();
  for (const line of output.split('\n')) {
    const worker = /"worker":(\d+)/.exec(line)?.[1] ?? '';
    if (line.includes('another one takes its place')) serving.set(worker, false);
    if (line.includes('a worker serves')) serving.set(worker, true);
  }
  for (const [worker, serves] of serving) if (!serves) throw new Error(`worker ${worker} is not back`);
}

/** Processes whose parent this one is. */
function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return Number(/\) [^Z] (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))?.[1]) === parent;
      } catch {
        return false;
      }
    })
    .map(Number);
}
