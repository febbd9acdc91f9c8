import { isUsedUp, judgeBudget, openBudget } from '../../checker/spend-bound.ts';
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
    {
      name: 'the centre grants what is not free',
      file: 'shared-protocol/src/escrow/center-window.ts',
      find: 'return limit - (granted - returned);',
      replace: 'return limit * 2 - (granted - returned);',
    },
    {
      name: 'the age of a config is told by the wall clock alone',
      file: 'edge-agent/src/snapshot/contact.ts',
      find: 'return Math.max(nowMs - last.wallMs, this.#clocks.monotonicMs() - last.monotonicMs);',
      replace: 'return nowMs - last.wallMs;',
    },
  ],
  run: async (stage) => {
    const stack = await stage.open({ nodeRun: (node) => node.withClock });
    const others = stack.call({ callers: 4, restMs: 10 });
    const settleMs = stage.pick(4_000, 60_000, 1_500);
    const play = async (name: string, offsetMs: number, rate = 1) => {
      stack.node.shiftClock(offsetMs, rate);
      await pause(settleMs);
      await stillHears(stage, stack, name);
    };
    const restart = async (name: string, offsetMs: number) => {
      await stack.node.kill();
      stack.node.shiftClock(offsetMs);
      await stack.node.start(stack.node.withClock);
      await stillHears(stage, stack, name);
    };
    await play('a day ahead', dayMs);
    await restart('started a day ahead', dayMs);
    await play('right again', 0);
    const budget = await openBudget(stack, stage.pick(20_000, 400_000, 10_000));
    await play('a day behind', -dayMs);
    await play('five percent fast', 0, 1.05);
    await play('right again', 0);
    await restart('started a day behind', -dayMs);
    await play('five percent slow', 0, 0.95);
    stage.expect(await isUsedUp(budget, stage.pick(60_000, 600_000)), 'the budget was never used up');
    await play('right again', 0);
    await pause(500);
    await judge(stage, stack);
    await judgeBudget(stage, stack, budget);
    const client = others.log;
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
    await leaseEnds(stage, stack);
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
  await stack.client.call('DELETE', `/user/api-keys/${key.id}`);
  await eventually(async () => {
    const { status } = await ask();
    if (status !== 401) throw new Error(`${when}: a revoked key got ${status}`);
  }, 30_000).catch((error: Error) => stage.expect(false, error.message));
  const afterMs = Math.round(performance.now() - begunAt);
  stage.figures['slowest news ms'] = Math.max(afterMs, Number(stage.figures['slowest news ms'] ?? 0));
}

const validS = 6;

/** A lease of the config ends when its time is over, also for a clock that was set back meanwhile. */
async function leaseEnds(stage: Stage, stack: Stack): Promise<void> {
  await stack.centre.sql`UPDATE carpool_groups SET config_valid_s = ${validS} WHERE id = ${stack.groupId}`;
  await pause(6_000);
  stack.node.toCentre.set('drop');
  // No word of the centre that arrived is younger than this.
  const cutAt = performance.now();
  await pause(500);
  stack.node.shiftClock(-dayMs);
  const stopped = await eventually(
    async () => {
      const { status } = await stack.ask();
      if (status === 200) throw new Error('still served');
      return status;
    },
    2 * validS * 1_000,
  ).catch(() => 200);
  const afterS = (performance.now() - cutAt) / 1000;
  stage.expect(
    stopped === 503,
    `with its clock a day back a node serves ${afterS.toFixed(1)} s from a config that is good for ${validS}`,
  );
  stage.expect(
    afterS <= validS + 1.5,
    `with its clock a day back a node stopped ${afterS.toFixed(1)} s after the last word; ${validS} is right`,
  );
  stage.figures['lease ended after s'] = afterS.toFixed(1);
  stack.node.shiftClock(0);
  stack.node.toCentre.set('pass');
  await eventually(async () => {
    const { status, body } = await stack.ask();
    if (status !== 200) throw new Error(`its clock right and the centre there, the node answers ${status} ${body}`);
  }, 65_000).catch((error: Error) => stage.expect(false, error.message));
}
