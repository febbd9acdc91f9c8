import { expect, test } from 'vitest';
import { type Leaving, stopOnce } from './stop-once.ts';

class SlowPart implements Leaving {
  readonly asked: (number | undefined)[] = [];
  readonly #left = Promise.withResolvers<void>();

  stop(deadlineMs?: number): Promise<void> {
    this.asked.push(deadlineMs);
    return this.#left.promise;
  }

  leave(): void {
    this.#left.resolve();
  }
}

function scene() {
  const [node, center, codes, clock] = [new SlowPart(), new SlowPart(), [] as number[], { nowMs: 1_000 }];
  const { onSignal: press } = stopOnce({
    parts: [node, center],
    nowMs: () => clock.nowMs,
    say: () => {},
    exit: (code) => codes.push(code),
  });
  return { node, center, codes, clock, press };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('lets the parts leave in order and exits 0, though one Ctrl-C arrives twice', async () => {
  const { node, center, codes, clock, press } = scene();
  press();
  clock.nowMs += 20;
  press();
  await settled();
  expect([node.asked, center.asked, codes]).toEqual([[undefined], [], []]);
  node.leave();
  await settled();
  expect([center.asked, codes]).toEqual([[undefined], []]);
  center.leave();
  await settled();
  expect(codes).toEqual([0]);
});

test('hurries the parts at a second Ctrl-C, the control plane with time for its database, and exits 1 once', async () => {
  const { node, center, codes, clock, press } = scene();
  press();
  clock.nowMs += 2_000;
  press();
  press();
  await settled();
  expect([node.asked, center.asked, codes]).toEqual([[undefined, 500], [], []]);
  node.leave();
  await settled();
  expect([center.asked.at(-1), codes]).toEqual([5_000, []]);
  center.leave();
  await settled();
  expect(codes).toEqual([1]);
});
