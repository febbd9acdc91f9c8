import { judge } from '../../checker/universal.ts';
import type { Scenario, Stage } from '../../scenario.ts';
import { askOnce, type ClientLine } from '../../stack/callers.ts';
import { eventually, pause } from '../../stack/program.ts';
import type { Stack } from '../../stack/stack.ts';

const dayMs = 86_400_000;

/** The wall clock of a node is set, runs fast, or is wrong from the start. Leases and deadlines run on the monotonic one. */
export const clocks: Scenario = {
  id: 'G-8',
  title: 'clocks: a day ahead, a day behind, five percent fast, wrong from the start',
  everyday: false,
  mutations: [
    {
      name: 'a node does not learn how far its clock is off',
      file: 'edge-agent/src/uplink/signing/identity-credential.ts',
      find: "if (failure.code !== 'clock_skew' || this.#corrected) return false;",
      replace: 'if (failure.code.length > 0) return false;',
    },
  ],
  run: async (stage) => {
    const stack = await stage.open({ nodeRun: (node) => node.withClock });
    stack.call({ callers: 4, restMs: 10 });
    const settleMs = stage.pick(4_000, 60_000, 1_500);
    for (const [name, offsetMs, rate] of [
      ['a day ahead', dayMs, 1],
      ['right again', 0, 1],
      ['a day behind', -dayMs, 1],
      ['five percent fast', 0, 1.05],
      ['right again', 0, 1],
    ] as const) {
      stack.node.shiftClock(offsetMs, rate);
      await pause(settleMs);
      await stillHears(stage, stack, name);
    }
    stack.node.shiftClock(dayMs);
    await stack.node.kill();
    await stack.node.start(stack.node.withClock);
    await stillHears(stage, stack, 'started a day ahead');
    await stack.node.kill();
    stack.node.shiftClock(-dayMs);
    await stack.node.start(stack.node.withClock);
    await stillHears(stage, stack, 'started a day behind');
    stack.node.shiftClock(0);
    await pause(500);
    const { client } = await judge(stage, stack);
    const refused = client.filter(({ status }) => status >= 400 && status !== 503);
    stage.expect(
      refused.length === 0,
      `${refused.length} requests were refused, first ${refused[0]?.status} ${refused[0]?.body}`,
    );
    const stale = client.filter(({ status }) => status === 503);
    const strange = stale.find(({ body }) => !body.includes('has not heard from its control plane'));
    stage.expect(strange === undefined, `a clock made the node say ${strange?.body}`);
    // Ahead by more than the group allows, it must stop; at the next word of the centre, every 5 s, it goes on.
    const longest = longestRun(client);
    stage.expect(longest <= stage.pick(10_000, 10_000, 30_000), `a node whose clock was set refused for ${longest} ms`);
    Object.assign(stage.figures, { '503 while a clock was set': stale.length, 'longest refusal ms': longest });
  },
};

/** Milliseconds from the first to the last of refusals that no answer interrupts. */
function longestRun(client: readonly ClientLine[]): number {
  let [fromMs, longest] = [0, 0];
  for (const { status, endedAtMs } of client.toSorted((a, b) => a.endedAtMs - b.endedAtMs)) {
    if (status !== 503) fromMs = 0;
    else if (fromMs === 0) fromMs = endedAtMs;
    else longest = Math.max(longest, endedAtMs - fromMs);
  }
  return longest;
}

/** Hears of a new key and of its end, and serves, whatever its clock says. */
async function stillHears(stage: Stage, stack: Stack, when: string): Promise<void> {
  const begunAt = performance.now();
  const key = await stack.newKey();
  const ask = () => askOnce({ node: stack.node.url, key: key.secret, rid: stack.nextRid() });
  try {
    await eventually(async () => {
      const { status, body } = await ask();
      if (status !== 200) throw new Error(`${when}: a new key got ${status} ${body}`);
    }, 30_000);
  } catch (error) {
    stage.expect(false, error instanceof Error ? error.message : String(error));
  }
  const afterMs = Math.round(performance.now() - begunAt);
  stage.figures['slowest news ms'] = Math.max(afterMs, Number(stage.figures['slowest news ms'] ?? 0));
}
