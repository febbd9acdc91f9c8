import {
  ask,
  type BookTask,
  type Hold,
  hold,
  type NodeBook,
  openBook,
  type SettleAnswer,
  type SettledTotal,
  settleHold,
  takeNews,
} from '@aicarpool/shared-protocol';
import type { NodeRow } from '../../src/fleet/nodes/find-node.ts';
import type { ModelBook } from './model-book.ts';
import type { Scene } from './scene.ts';

/** The books of a node under the state machine that nodes run; its rows are in a list, and what it keeps is kept at once. */
export class MachineBook {
  readonly #scene: Scene;
  readonly #node: NodeRow;
  readonly #rows: ModelBook;
  readonly #holds = new Map<string, Hold>();
  readonly machine: NodeBook;

  constructor(scene: Scene, node: NodeRow) {
    this.#scene = scene;
    this.#node = node;
    this.#rows = scene.newBook(node);
    this.machine = openBook({ slices: [], contact: null, sameBoot: true, now: this.#now, coverMs: 60_000 });
  }

  /** A request wants so much of a budget. True: it is held, when the centre was asked where need be. */
  async hold(id: string, quota: string, amount: number): Promise<boolean> {
    const tasks: BookTask[] = [];
    const wants = [{ quota, subject: '', amount, limit: amount, strict: true, overdraft: 0 }];
    const outcome = hold(this.machine, { id, wants, waitMs: 300 }, this.#now, tasks);
    if (outcome.kind === 'held') this.#holds.set(id, outcome.hold);
    this.#do(tasks);
    // A window has to be numbered, then rights have to be asked for.
    if (outcome.kind === 'waiting') for (let round = 0; round < 3 && !this.#holds.has(id); round += 1) await this.ask();
    return this.#holds.has(id);
  }

  /** The request ended, and used so much. */
  end(id: string, used: number, total: Partial<SettledTotal>): void {
    const held = this.#holds.get(id);
    if (!held) throw new Error(`${id} holds nothing`);
    const tasks: BookTask[] = [];
    settleHold(
      this.machine,
      held,
      held.wins.map(() => used),
      this.#now,
      tasks,
    );
    this.#rows.spend(Object.fromEntries(held.wins.map((win) => [win, used])), total);
    this.#do(tasks);
    this.#do(takeNews(this.machine, { kind: 'rows_kept' }, this.#now));
  }

  /** One question and its answer. */
  async ask(): Promise<SettleAnswer> {
    const base = this.#rows.request();
    const point = base.batch?.to ?? this.#rows.acked;
    const spent = new Map([...this.machine.windows.keys()].map((win) => [win, this.#rows.report(win, point).spent]));
    const question = ask(this.machine, { seq: base.seq, spent }, this.#now);
    if (!question) throw new Error('a question is under way');
    const { epoch, slices, open } = question;
    const answer = await this.#scene.send(this.#node, { ...base, epoch, slices: [...slices], open: [...open] });
    this.#rows.take(answer);
    this.#do(takeNews(this.machine, { kind: 'answered', question, answer }, this.#now));
    return answer;
  }

  get #now() {
    const { nowMs } = this.#scene.clock;
    return { monoMs: nowMs, wallMs: nowMs };
  }

  #do(tasks: readonly BookTask[]): void {
    for (const task of tasks) {
      if (task.kind === 'held') this.#holds.set(task.id, task.hold);
      else if (task.kind === 'keep_windows')
        this.#do(takeNews(this.machine, { kind: 'windows_kept', wins: task.windows.map(({ win }) => win) }, this.#now));
      else if (task.kind === 'keep_returns')
        this.#do(takeNews(this.machine, { kind: 'returns_kept', returns: task.returns }, this.#now));
    }
  }
}
