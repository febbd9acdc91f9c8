import { readWindows } from '../../checker/centre-rights.ts';
import { judge } from '../../checker/universal.ts';
import type { Scenario, Stage } from '../../scenario.ts';
import { eventually, pause } from '../../stack/program.ts';
import type { Stack } from '../../stack/stack.ts';

/** Everything at once, by a seed: limits move, nodes come and die, wires are cut, replicas and Postgres are killed. */
export const quotaChaos: Scenario = {
  id: 'G-28',
  title: 'quota chaos: no budget is passed, none leaks, whatever happens',
  everyday: true,
  mutations: [
    {
      name: 'the centre grants what is not free',
      file: 'shared-protocol/src/escrow/center-window.ts',
      find: 'return limit - (granted - returned);',
      replace: 'return limit * 2 - (granted - returned);',
    },
    {
      name: 'a limit that is changed counts twice',
      file: 'shared-protocol/src/escrow/center-window.ts',
      find: 'return { ...window, limit, limitPeak: Math.max(limit, limit < window.limit ? promised : window.limitPeak) };',
      replace: 'return { ...window, limit: 2 * limit, limitPeak: Math.max(2 * limit, promised, window.limitPeak) };',
    },
  ],
  run: async (stage) => {
    const stack = await stage.open({ nodes: 2, replicas: 2, durable: true });
    const limit = stage.pick(60_000, 600_000, 25_000);
    const quota = await stack.newQuota({
      of: 'group',
      unit: 'tokens',
      window: 'total',
      limit,
      mode: 'hard',
      max_output_tokens: 64,
    });
    await stack.newQuota({ of: 'key', unit: 'usd', window: 'day', limit: 1_000, mode: 'soft' });
    await pause(1_500);
    const callers = stack.call({ callers: stage.pick(10, 20, 8), restMs: 15, timeoutMs: 20_000 });
    const chaos = new Chaos(stage, stack, quota, limit);
    await chaos.changeLimit();
    const untilMs = performance.now() + stage.pick(40_000, 600_000, 12_000);
    while (performance.now() < untilMs) {
      await chaos.act();
      await pause(stage.random() * 600);
    }
    await chaos.heal();
    // Whatever the seed chose: a limit is changed before all of it, and when all is well again.
    await chaos.changeLimit();
    const usedUp = await eventually(
      () => {
        const late = callers.log.slice(-40);
        if (late.length < 40 || late.some(({ sawEnd, endedAtMs }) => sawEnd || endedAtMs === 0))
          throw new Error('the budget is not used up');
        return true;
      },
      stage.pick(90_000, 300_000, 60_000),
    ).catch(() => false);
    await judge(stage, stack);
    const window = (await readWindows(stack)).find(({ quotaId }) => quotaId === quota);
    const billed = stack.provider.bill.reduce((sum, line) => sum + line.input + line.output, 0);
    stage.expect(window !== undefined, 'the centre opened no window for the quota');
    if (!window) return;
    // By what was asked for here, whatever the centre makes of it.
    const { largest } = chaos;
    stage.expect(billed <= largest, `U3: the provider charged ${billed}; at most ${largest} were ever allowed`);
    stage.expect(window.spent <= largest, `U3: ${window.spent} are booked; at most ${largest} were ever allowed`);
    stage.expect(
      window.limitPeak <= largest,
      `the centre would have allowed ${window.limitPeak}; at most ${largest} were asked for`,
    );
    stage.expect(window.forced === 0, `hard estimates were passed by ${window.forced}`);
    stage.expect(usedUp, `the budget was never used up: ${window.spent} of ${window.limit}`);
    Object.assign(stage.figures, {
      limit: window.limit,
      largest,
      peak: window.limitPeak,
      spent: window.spent,
      billed,
      did: chaos.told,
    });
  },
};

type Action = readonly [name: string, weight: number, act: () => Promise<void>];

class Chaos {
  readonly #stage: Stage;
  readonly #stack: Stack;
  readonly #quota: string;
  readonly #limit: number;
  readonly #done = new Map<string, number>();
  /** Of all limits that were ever asked for. */
  largest: number;

  constructor(stage: Stage, stack: Stack, quota: string, limit: number) {
    this.#stage = stage;
    this.#stack = stack;
    this.#quota = quota;
    this.#limit = limit;
    this.largest = limit;
  }

  get told(): string {
    return [...this.#done].map(([name, count]) => `${count} × ${name}`).join(', ');
  }

  async act(): Promise<void> {
    const actions = this.#actions();
    const all = actions.flatMap((action) => Array.from({ length: action[1] }, () => action));
    const [name, , act] = all[Math.floor(this.#stage.random() * all.length)] ?? actions[0];
    this.#done.set(name, (this.#done.get(name) ?? 0) + 1);
    await act();
  }

  /** Everything that can run runs again, every wire is whole. */
  async heal(): Promise<void> {
    for (const node of this.#stack.nodes) {
      node.toCentre.set('pass');
      if (!node.isRunning) await node.start();
    }
    await this.#stack.signIn();
  }

  #node() {
    const { nodes } = this.#stack;
    const node = nodes[Math.floor(this.#stage.random() * nodes.length)];
    if (!node) throw new Error('there is no node');
    return node;
  }

  #actions(): readonly [Action, ...Action[]] {
    const { random } = this.#stage;
    const node = this.#node();
    return [
      [
        'node killed',
        3,
        async () => {
          await node.kill();
          await node.start();
        },
      ],
      [
        'wire cut',
        3,
        async () => {
          node.toCentre.set((['drop', 'dropAnswers', 'refuse', 'reset'] as const)[Math.floor(random() * 4)] ?? 'drop');
          setTimeout(() => node.toCentre.set('pass'), 200 + random() * 2_500);
        },
      ],
      [
        'node paused',
        2,
        async () => {
          const { pid } = node.program;
          process.kill(pid, 'SIGSTOP');
          await pause(200 + random() * 1_500);
          if (node.isRunning) process.kill(pid, 'SIGCONT');
        },
      ],
      [
        'replica killed',
        2,
        async () => {
          const at = Math.floor(random() * this.#stack.centre.replicas.length);
          await this.#stack.centre.killReplica(at);
          await this.#stack.centre.startReplica(at);
        },
      ],
      ['Postgres killed', 1, () => this.#stack.centre.crashPostgres()],
      ['limit changed', 4, () => this.changeLimit()],
      [
        'node added',
        this.#stack.nodes.length < 4 ? 1 : 0,
        async () => {
          await this.#stack.addNode();
        },
      ],
    ];
  }

  async changeLimit(): Promise<void> {
    const limit = Math.floor(this.#limit * (0.6 + this.#stage.random() * 0.8));
    this.largest = Math.max(this.largest, limit);
    const path = `/carpool/groups/${this.#stack.groupId}/quotas/${this.#quota}`;
    await this.#stack.client.call('PATCH', path, { limit, reason: 'chaos' }).catch(() => undefined);
  }
}
