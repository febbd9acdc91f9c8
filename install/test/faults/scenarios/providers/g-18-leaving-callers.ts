import { judge } from '../../checker/universal.ts';
import type { Scenario } from '../../scenario.ts';
import { askOnce, type ClientLine } from '../../stack/callers.ts';
import { eventually, pause } from '../../stack/program.ts';

/** Callers hang up at every stage of a request, and hundreds of them in the same moment. What was charged is booked. */
export const leavingCallers: Scenario = {
  id: 'G-18',
  title: 'callers hang up at every stage, hundreds at once: booked, released, sockets back',
  everyday: true,
  mutations: [
    {
      name: 'holds of requests that ended stay',
      file: 'edge-agent/src/limits/quota/hold/attempt-quota.ts',
      find: '    this.#letGo(held, actual);',
      replace: '    if (!used.estimated) this.#letGo(held, actual);',
    },
  ],
  run: async (stage) => {
    const stack = await stage.open();
    await stack.newQuota({ of: 'group', unit: 'tokens', window: 'day', limit: 5_000_000, mode: 'soft' });
    await pause(1_000);
    await stack.ask();
    const socketsBefore = stack.node.vitals?.sockets ?? 0;
    stack.provider.pace.pieceMs = 20;
    const count = stage.pick(1_000, 5_000, 300);
    const lines: ClientLine[] = [];
    const stages: ((soFar: string) => boolean)[] = [
      () => true,
      (soFar) => soFar.includes('content_block_delta'),
      (soFar) => soFar.split('content_block_delta').length > 8,
      (soFar) => soFar.includes('message_delta'),
      () => false,
    ];
    await Promise.all(
      Array.from({ length: count }, async (_, at) => {
        const leave = stages[at % stages.length];
        const early = at % 7 === 0 ? { timeoutMs: 5 + Math.floor(stage.random() * 40) } : {};
        await pause(stage.random() * 300);
        const ask = { node: stack.node.url, key: stack.key.secret, rid: stack.nextRid(), stream: true, output: 60, log: lines };
        await askOnce({ ...ask, ...(leave ? { leave } : {}), ...early });
      }),
    );
    // And all that are left in one moment.
    const together: ClientLine[] = [];
    let leaveNow = false;
    const asks = Array.from({ length: count }, () =>
      askOnce({
        node: stack.node.url,
        key: stack.key.secret,
        rid: stack.nextRid(),
        stream: true,
        output: 60,
        log: together,
        leave: () => leaveNow,
      }),
    );
    await pause(250);
    leaveNow = true;
    await Promise.all(asks);
    stack.clientLog.push(...lines, ...together);
    await judge(stage, stack);
    const left = stack.clientLog.filter(({ sawEnd }) => !sawEnd).length;
    stage.expect(left > count / 2, `only ${left} callers left early: nothing was tried`);
    await eventually(() => {
      const now = stack.node.vitals?.sockets ?? 0;
      // Lines to the provider stay open for a while, to be used again.
      if (now > socketsBefore + 300) throw new Error(`U6: ${now} sockets are open; ${socketsBefore} were`);
    }, 20_000).catch((error: Error) => stage.expect(false, error.message));
    await eventually(async () => {
      const [{ held } = { held: -1 }] = await stack.centre.sql`SELECT sum(held) AS held FROM fleet_slices`;
      if (Number(held) !== 0) throw new Error(`${held} are still held for callers who left`);
    }, 10_000).catch((error: Error) => stage.expect(false, error.message));
    Object.assign(stage.figures, { callers: stack.clientLog.length, left });
  },
};
