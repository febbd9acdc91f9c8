import { judge } from '../../checker/universal.ts';
import type { Scenario } from '../../scenario.ts';
import { eventually, pause } from '../../stack/program.ts';
import { lacksNetworkNamespaces } from '../../stack/real-wire.ts';

/** One of two accounts cannot be reached any more. Nobody who has not seen a byte yet notices. */
export const cutFromProvider: Scenario = {
  id: 'G-7',
  title: 'cut off from one upstream: fail-over before the first byte, the breaker opens, recovery',
  everyday: false,
  lacks: lacksNetworkNamespaces,
  mutations: [
    {
      name: 'a request is tried once',
      file: 'edge-agent/src/proxy/intake/limits.ts',
      find: 'attempts: 3,',
      replace: 'attempts: 1,',
    },
  ],
  run: async (stage) => {
    const stack = await stage.open({ accounts: 2, realWires: true });
    const wire = stack.realWire;
    if (!wire) throw new Error('no wire of the kernel');
    const account = (at: number) => stack.provider.bill.filter((line) => line.account.endsWith(`-${at}`)).length;
    stack.call({ callers: 4, restMs: 20 });
    await pause(1_000);
    stage.expect(account(1) === 0, 'the second account was used while the first was well');
    wire.cut();
    // Those of before hold connections that nobody told of the cut; these open new ones, no more than may be tried again at once.
    stack.call({ callers: 3, restMs: 20 });
    await pause(stage.pick(20_000, 60_000, 12_000));
    wire.heal();
    const healedAt = performance.now();
    const before = account(0);
    await eventually(() => {
      if (account(0) <= before + 5) throw new Error('the first account is not used again');
    }, 75_000);
    const recoveredS = (performance.now() - healedAt) / 1000;
    const { client, books } = await judge(stage, stack);
    const failed = client.filter((line) => !line.sawEnd && (line.body === '' || line.status >= 400));
    stage.expect(failed.length === 0, `${failed.length} callers without a first byte were failed: ${JSON.stringify(failed[0])}`);
    const failures = books.flatMap(({ rows }) => rows).filter((row) => !row.final);
    stage.expect(failures.length > 0, 'no attempt failed over: nothing was tried');
    // Five open the breaker; as many callers as there are may be on their way by then, a trial now and then follows.
    stage.expect(failures.length <= 5 + 4 + 3, `${failures.length} requests went to an account that could not be reached`);
    stage.expect(recoveredS <= 60, `the account was used again ${recoveredS.toFixed(1)} s after it came back`);
    Object.assign(stage.figures, { 'failed over': failures.length, 'recovered after s': recoveredS.toFixed(1) });
  },
};
