import { expect, it } from 'vitest';
import { ask, type BookTask, hold, type NodeBook, openBook, settleHold, takeNews } from '../../src/index.ts';
import { newCenter, openSession, settleCall } from './simulation/center.ts';
import { newDisk, nextBatch, spentAt, writeRow } from './simulation/disk.ts';
import { Random } from './simulation/random.ts';
import { Timeline } from './simulation/timeline.ts';

const limit = 200_000;
const quotas = [{ id: 'q', limit, periodMs: null }];

/** Ten nodes whose demand differs tenfold use one budget until somebody is refused; the answer travels 5 ms each way. */
function useUp(seed: number, nodes: number): { readonly used: number; readonly reason: string } {
  const random = new Random(seed);
  const time = new Timeline();
  const center = newCenter();
  const books: NodeBook[] = [];
  const disks = Array.from({ length: nodes }, (_, at) => newDisk(`b${at}`));
  const sessions = disks.map((disk, at) => openSession(center, at, disk).sessionNo);
  let reason = '';
  let promised = 0;
  let runs = 0;
  const now = () => ({ monoMs: time.nowMs, wallMs: time.nowMs });
  for (const [at] of disks.entries()) {
    books.push(openBook({ slices: [], contact: null, sameBoot: true, now: now(), coverMs: 3_600_000 }));
    const everyMs = 20 * (at + 1);
    const serve = () => {
      if (reason !== '') return;
      request(at, random.between(10, 400));
      time.after(random.between(1, 2 * everyMs), serve);
    };
    const tick = () => {
      act(at, takeNews(bookOf(at), { kind: 'tick' }, now()));
      if (reason === '') time.after(50, tick);
    };
    time.after(everyMs, serve);
    tick();
  }
  for (let at = 0; at < 5000 && reason === ''; at += 1) time.runUntil(time.nowMs + 100);
  return { used: promised / limit, reason };

  function bookOf(at: number): NodeBook {
    const book = books[at];
    if (!book) throw new Error(`no node ${at}`);
    return book;
  }

  function request(at: number, amount: number): void {
    const wants = [{ quota: 'q', subject: '', amount, limit, strict: false, overdraft: 0 }];
    const tasks: BookTask[] = [];
    const outcome = hold(bookOf(at), { id: `${amount}`, wants, waitMs: 300 }, now(), tasks);
    if (outcome.kind === 'held') run(at, outcome.hold);
    if (outcome.kind === 'refused') reason ||= outcome.refusal.reason;
    act(at, tasks);
  }

  function run(at: number, held: Parameters<typeof settleHold>[1]): void {
    const [win = 0] = held.wins;
    const [amount = 0] = held.amounts;
    promised += amount;
    runs += 1;
    const no = runs;
    const disk = disks[at];
    disk?.intents.set(no, [[win, amount]]);
    time.after(random.between(50, 500), () => {
      const tasks: BookTask[] = [];
      settleHold(bookOf(at), held, [amount], now(), tasks);
      if (disk?.intents.has(no)) writeRow(disk, no, [[win, amount]]);
      act(at, [...tasks, ...takeNews(bookOf(at), { kind: 'rows_kept' }, now())]);
    });
  }

  function act(at: number, tasks: readonly BookTask[]): void {
    for (const task of tasks) {
      if (task.kind === 'ask') put(at);
      else if (task.kind === 'held') run(at, task.hold);
      else if (task.kind === 'refused') reason ||= task.refusal.reason;
      else if (task.kind === 'keep_returns') time.after(2, () => news(at, { kind: 'returns_kept', returns: task.returns }));
      else if (task.kind === 'keep_windows') {
        time.after(2, () => news(at, { kind: 'windows_kept', wins: task.windows.map(({ win }) => win) }));
      } else if (task.kind === 'acknowledge') Object.assign(disks[at] ?? {}, { acked: task.seq, frozen: null });
    }
  }

  function news(at: number, told: Parameters<typeof takeNews>[1]): void {
    act(at, takeNews(bookOf(at), told, now()));
  }

  function put(at: number): void {
    const disk = disks[at];
    if (!disk) return;
    const batch = nextBatch(disk);
    const question = ask(bookOf(at), { seq: disk.rows.length, spent: spentAt(disk, batch?.to ?? disk.acked) }, now());
    if (!question) return;
    const message = structuredClone({ node: at, sessionNo: sessions[at] ?? 0, books: disk.books, batch, question });
    time.after(5, () => {
      const poke = (name: string, win: number) =>
        time.after(5, () =>
          news(
            disks.findIndex(({ books: other }) => other === name),
            { kind: 'recall', wins: [win] },
          ),
        );
      const answer = settleCall(center, quotas, message, time.nowMs, poke);
      if (answer) time.after(5, () => news(at, { kind: 'answered', question, answer }));
    });
  }
}

it.each([1, 2, 3, 4, 5])('uses 99 % of a budget on ten nodes before anybody is refused (seed %i)', (seed) => {
  const { used, reason } = useUp(seed, 10);
  expect(['exceeded', 'in_flight']).toContain(reason);
  expect(used).toBeGreaterThanOrEqual(0.99);
  expect(used).toBeLessThanOrEqual(1);
});
