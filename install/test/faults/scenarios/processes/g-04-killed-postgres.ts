import { findBroken, findLeftWaiting, type Span } from '../../checker/left-waiting.ts';
import { judge } from '../../checker/universal.ts';
import type { Scenario } from '../../scenario.ts';
import { pause } from '../../stack/program.ts';
import { heldUp } from '../held-up.ts';

/** The database dies under the control plane. Who asks hears 503 and when to come again; callers of AI notice nothing. */
export const killedPostgres: Scenario = {
  id: 'G-4',
  title: 'kill -9 and restarts of Postgres',
  everyday: false,
  mutations: [
    {
      name: 'a database that is away is an error like any other',
      file: 'control-plane/src/kernel/http/problem-of.ts',
      find: 'if (isDatabaseAway(error))',
      replace: 'if (isDatabaseAway(error) && false)',
    },
    heldUp,
  ],
  run: async (stage) => {
    const stack = await stage.open({ durable: true });
    const calm = { fromMs: Date.now(), toMs: 0 };
    const callers = stack.call({ callers: 6, restMs: 5, timeoutMs: 15_000 });
    await pause(1_000);
    calm.toMs = Date.now();
    const gone: Span[] = [];
    const rounds = stage.pick(4, 20, 2);
    const seen = new Map<number, number>();
    let withoutRetry = 0;
    for (let round = 0; round < rounds; round += 1) {
      await pause(300 + stage.random() * 500);
      const fromMs = Date.now();
      const away = round % 2 === 0 ? stack.centre.crashPostgres() : restart();
      let isBack = false;
      void away.finally(() => {
        isBack = true;
      });
      while (!isBack) {
        const answer = await fetch(`${stack.centre.urls[0]}/api/v1/carpool/groups`, {
          headers: { authorization: `Bearer ${stack.token}` },
          signal: AbortSignal.timeout(15_000),
        }).catch(() => undefined);
        await answer?.body?.cancel();
        const status = answer?.status ?? 0;
        seen.set(status, (seen.get(status) ?? 0) + 1);
        if (status === 503 && !answer?.headers.get('retry-after')) withoutRetry += 1;
        await pause(20);
      }
      await away;
      gone.push({ fromMs, toMs: Date.now() });
    }
    async function restart() {
      await stack.centre.stopPostgres();
      await pause(stage.pick(1_500, 5_000));
      await stack.centre.startPostgres();
    }
    const strange = [...seen.keys()].filter((status) => ![200, 503].includes(status));
    stage.expect(strange.length === 0, `without its database the control plane answered ${strange.join(', ')}; 503 is right`);
    stage.expect((seen.get(503) ?? 0) > 0, 'nobody asked while the database was away: nothing was tried');
    stage.expect(withoutRetry === 0, `${withoutRetry} answers of 503 do not say when to come again`);
    await judge(stage, stack);
    stage.expect(callers.refused.length === 0, `${callers.refused.length} AI requests were refused meanwhile`);
    stage.expectAll(findLeftWaiting(callers, calm, gone));
    stage.expectAll(findBroken(callers));
    Object.assign(stage.figures, { times: rounds, 'answers of 503': seen.get(503) ?? 0 });
  },
};
