import { type QuotaResource, quotaResource } from '@aicarpool/shared-protocol';
import { Quotas } from '../src/limits/quota/quotas.ts';
import type { CallResult } from '../src/uplink/call-control-plane.ts';
import { type PostSettle, SettleBooks } from '../src/uplink/settle/settle-books.ts';
import { ScriptedSettlement } from './scripted-settlement.ts';
import { type NodeInput, startNode, type TestNode } from './start-node.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const clocks = { nowMs: Date.now, monotonicMs: () => performance.now() };
const away = { kind: 'unreachable', status: null, code: 'away', message: 'the centre is away', retryAfterMs: null } as const;

export const quotaBody = (own: Partial<QuotaResource> = {}): QuotaResource =>
  quotaResource.parse({
    id: 'quo_1',
    group_id: 'grp_test',
    of: 'group',
    subject: null,
    service: null,
    unit: 'tokens',
    window: 'total',
    limit: 1_000_000,
    ...own,
  });

export interface Link {
  /** Nothing gets through. */
  isCut: boolean;
  delayMs: () => number;
  /** Part of the questions, or of the answers, that are lost. */
  loses: number;
  doubles: number;
}

export interface QuotaNode extends TestNode {
  readonly books: SettleBooks;
  readonly link: Link;
}

/** Nodes that share budgets at one centre, over links that a test can spoil. */
export class QuotaCluster {
  readonly settlement = new ScriptedSettlement();
  readonly nodes: QuotaNode[] = [];
  random: () => number = Math.random;
  waitMs = 5_000;
  readonly #rules: QuotaResource[];

  constructor(rules: readonly Partial<QuotaResource>[]) {
    this.#rules = rules.map(quotaBody);
    for (const rule of this.#rules) this.settlement.put(rule);
    this.settlement.onRecall = (books, wins) => {
      const node = this.nodes.find((one) => one.agent.ledger.head().incarnation === books);
      if (node && !node.link.isCut) setTimeout(() => node.books.recall(wins), node.link.delayMs());
    };
  }

  async add(input: NodeInput & { readonly coverMs?: number }): Promise<QuotaNode> {
    // On a busy machine an answer takes its time: that is not what is tested here.
    const quotas = new Quotas({ clocks, coverMs: input.coverMs, waitMs: this.waitMs });
    const node = await startNode({ ...input, quotas, group: { quotas: this.#rules, ...input.group } });
    const link: Link = { isCut: false, delayMs: () => 0, loses: 0, doubles: 0 };
    const books = new SettleBooks({
      ledger: node.agent.ledger,
      quotas,
      post: this.#post(link),
      clocks,
      random: this.random,
      log: quiet,
      knowsQuota: () => true,
      onCondemned: () => undefined,
    });
    books.start();
    const close = async () => {
      await books.stop(false);
      await node.close();
    };
    const made: QuotaNode = { ...node, books, link, close };
    this.nodes.push(made);
    return made;
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.close()));
  }

  /** Waits until every row is settled. */
  async settled(): Promise<void> {
    for (let waitedMs = 0; waitedMs < 10_000; waitedMs += 20) {
      if (this.nodes.every(({ books }) => books.state().unsettledRows === 0)) return;
      await pause(20);
    }
    throw new Error('the books did not settle');
  }

  #post(link: Link): PostSettle {
    return async (question, deadlineMs): Promise<CallResult<ReturnType<ScriptedSettlement['answer']>>> => {
      const lost = async () => {
        await pause(Math.min(deadlineMs, 50));
        return { ok: false, failure: away } as const;
      };
      await pause(link.delayMs());
      if (link.isCut || this.random() < link.loses) return lost();
      // As on the wire: nothing is shared, and what is sent may arrive twice.
      const sent = JSON.stringify(question);
      const answer = this.settlement.answer(JSON.parse(sent));
      if (this.random() < link.doubles) setTimeout(() => this.settlement.answer(JSON.parse(sent)), link.delayMs() * 3);
      const text = JSON.stringify(answer);
      await pause(link.delayMs());
      if (link.isCut || this.random() < link.loses) return lost();
      return { ok: true, data: JSON.parse(text) };
    };
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
