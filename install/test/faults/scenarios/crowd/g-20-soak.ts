import { judge } from '../../checker/universal.ts';
import type { Scenario } from '../../scenario.ts';
import { pause } from '../../stack/program.ts';

/** Mixed traffic for long: memory and open files do not grow. */
export const soak: Scenario = {
  id: 'G-20',
  title: 'soak: memory and open files stay where they are',
  everyday: false,
  mutations: [
    {
      name: 'requests are remembered',
      file: 'edge-agent/src/proxy/listen.ts',
      find: "  const target = request.url ?? '';",
      replace:
        "  const target = request.url ?? '';\n  (globalThis as unknown as { kept: Buffer[] }).kept ??= [];\n  (globalThis as unknown as { kept: Buffer[] }).kept.push(Buffer.alloc(20_000, 1));",
    },
  ],
  run: async (stage) => {
    const stack = await stage.open();
    stack.call({ callers: 12, restMs: 40, output: (random) => 5 + Math.floor(random() * 30) });
    const seconds = stage.pick(120, 8 * 3_600, 30);
    await pause(stage.pick(40_000, 3_600_000, 15_000));
    const samples: { atS: number; rssMb: number; openFiles: number }[] = [];
    const begunAt = performance.now();
    while (performance.now() - begunAt < seconds * 1000) {
      const vitals = stack.node.vitals;
      if (vitals) samples.push({ atS: (performance.now() - begunAt) / 1000, ...vitals });
      await pause(1_000);
    }
    const slope = slopeOf(samples.map(({ atS, rssMb }) => [atS, rssMb]));
    const files = slopeOf(samples.map(({ atS, openFiles }) => [atS, openFiles]));
    const most = stage.pick(0.15, 1 / 3600, 1);
    stage.expect(slope <= most, `memory grows by ${slope.toFixed(3)} MB a second, at most ${most}`);
    stage.expect(Math.abs(files) < 0.1, `open files change by ${files.toFixed(2)} a second`);
    await judge(stage, stack);
    const [first, last] = [samples[0], samples.at(-1)];
    Object.assign(stage.figures, {
      'RSS MB': `${Math.round(first?.rssMb ?? 0)} → ${Math.round(last?.rssMb ?? 0)}`,
      'MB/s': slope.toFixed(3),
      'open files': last?.openFiles ?? 0,
    });
  },
};

/** Least squares. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const n = points.length;
  const [sx, sy] = points.reduce(([a, b], [x, y]) => [a + x, b + y], [0, 0]);
  const [mx, my] = [sx / n, sy / n];
  const [over, under] = points.reduce(([a, b], [x, y]) => [a + (x - mx) * (y - my), b + (x - mx) ** 2], [0, 0]);
  return over / under;
}
