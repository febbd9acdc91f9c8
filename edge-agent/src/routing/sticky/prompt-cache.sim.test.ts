import { describe, expect, it } from 'vitest';
import { noFigures } from '../figures.ts';
import { InFlight } from '../in-flight.ts';
import { orderAccounts } from '../order-accounts.ts';
import { strategies } from '../strategies/table.ts';
import { demand, upstream } from '../test/entries.ts';
import { chance, type Draw, fate } from './draw.ts';
import { hashText } from './hash.ts';

const accounts = Array.from({ length: 20 }, (_, at) => upstream(`account ${at}`));
const sessions = 3_000;
const requests = 60_000;
const everyMs = 17;
const answersMs = 12_000;
const cacheMs = 300_000;

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

/** Sessions come by Zipf's law; each request runs for a while; a cache lives for five minutes after its last use. */
function simulate(zipf: number, sticky: boolean): { hits: number; worst: number } {
  const random = seeded(42);
  const cumulative: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= sessions; rank += 1) {
    sum += rank ** -zipf;
    cumulative.push(sum);
  }
  const inFlight = new InFlight();
  const running: { endsAtMs: number; leave: () => void }[] = [];
  const cachedUntilMs = new Map<string, number>();
  const seen = new Set<number>();
  const circumstances = { demand: demand(), figuresOf: () => noFigures };
  let returning = 0;
  let hits = 0;
  let worst = 0;
  for (let at = 0; at < requests; at += 1) {
    const nowMs = at * everyMs;
    while (running[0] && running[0].endsAtMs <= nowMs) running.shift()?.leave();
    const drawn = random() * sum;
    const session = cumulative.findIndex((limit) => drawn < limit);
    const draw: Draw = sticky ? fate(hashText(`session ${session}`)) : chance(random);
    const loadOf = sticky ? (id: string) => inFlight.of(id) : null;
    const [first] = orderAccounts(accounts, { strategy: strategies.priority, circumstances, draw, loadOf });
    const id = first?.id ?? '';
    const cache = `${session} ${id}`;
    if (seen.has(session)) {
      returning += 1;
      if ((cachedUntilMs.get(cache) ?? 0) > nowMs) hits += 1;
    }
    seen.add(session);
    cachedUntilMs.set(cache, nowMs + cacheMs);
    running.push({ endsAtMs: nowMs + answersMs, leave: inFlight.enter(id) });
    if (nowMs > 2 * answersMs) worst = Math.max(worst, inFlight.of(id) / (running.length / accounts.length));
  }
  return { hits: hits / returning, worst };
}

describe('prompt caches of 20 accounts under 3,000 sessions', () => {
  it.each([
    [0.8, 0.52],
    [1.1, 0.74],
  ])('are hit nearly always, and no account is overloaded (Zipf %d; by chance %d)', (zipf, byChance) => {
    const { hits, worst } = simulate(zipf, true);
    expect(hits).toBeGreaterThanOrEqual(0.93);
    expect(worst).toBeLessThanOrEqual(1.3);
    expect(simulate(zipf, false).hits).toBeCloseTo(byChance, 1.5);
  });
});
