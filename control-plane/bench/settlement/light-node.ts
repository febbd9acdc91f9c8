import { createHash } from 'node:crypto';
import { type SettleAnswer, type SettledTotal, settleAnswer } from '@aicarpool/shared-protocol';
import { type Replica, TestEdge } from '../../test/edge-harness.ts';
import { newTotal } from '../../test/settlement/new-total.ts';

interface Window {
  readonly win: number;
  readonly key: string;
  granted: number;
  spent: number;
  charged: number;
}

export interface NodePlan {
  readonly groupId: string;
  readonly quotaId: string;
  readonly keys: readonly string[];
}

const amount = 1000;

/** A node that only settles: one row for each of its accounts at every report, over its own connection, with real proofs. */
export class LightNode {
  readonly edge: TestEdge;
  readonly #plan: NodePlan;
  readonly #books: string;
  readonly #windows = new Map<string, Window>();
  #epoch = '';
  #seq = 0;
  #chain = '';
  refused = 0;

  constructor(edge: TestEdge, plan: NodePlan, books: string) {
    this.edge = edge;
    this.#plan = plan;
    this.#books = books;
  }

  /** Numbers the windows of its accounts. */
  async begin(url: string): Promise<void> {
    const open = this.#plan.keys.map((subject) => ({
      quota: this.#plan.quotaId,
      subject,
      next: false,
      need: 0,
      target: 50 * amount,
    }));
    const answer = await this.#send(url, { ...this.#frame(), batch: null, slices: [], open });
    for (const { win, subject } of answer.opened)
      this.#windows.set(subject, { win, key: subject, granted: 0, spent: 0, charged: 0 });
    if (this.#windows.size !== this.#plan.keys.length)
      throw new Error(`not all windows were opened: ${JSON.stringify(answer.refused[0])}`);
    this.#take(answer);
  }

  /** Books a row for each account and reports them; gives the milliseconds it took. */
  async report(url: string): Promise<number> {
    const windows = [...this.#windows.values()];
    const [from, prevChain] = [this.#seq + 1, this.#chain];
    const totals: SettledTotal[] = [];
    for (const window of windows) {
      this.#seq += 1;
      this.#chain = createHash('sha256').update(`${this.#chain}${this.#seq}`).digest('hex');
      window.spent += amount;
      const durations: SettledTotal['durations'] = [[100 + (this.#seq % 200), 1]];
      const hour_at = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000).toISOString();
      const count = {
        attempts: 1,
        requests: 1,
        successes: 1,
        input: 300,
        output: 700,
        cost_nano_usd: amount,
        duration_sum_ms: 900,
      };
      totals.push(
        newTotal({
          group_id: this.#plan.groupId,
          key_id: window.key,
          user_id: `usr_${window.key}`,
          hour_at,
          durations,
          ...count,
        }),
      );
    }
    const charged = windows.map(({ win }) => [win, amount] as const);
    const batch = { from, to: this.#seq, prev_chain: prevChain, chain: this.#chain, totals, charged };
    const slices = windows.map((window) => ({
      ...{ win: window.win, granted: window.granted, returned: 0, spent: window.spent, held: 0 },
      ...{ need: Math.max(0, window.spent - window.granted), target: 50 * amount, receipt: null },
    }));
    const request = { ...this.#frame(), batch, slices, open: [] };
    const startedAtMs = performance.now();
    const answer = await this.#send(url, request);
    const tookMs = performance.now() - startedAtMs;
    if (answer.status !== 'ok' || answer.acked !== this.#seq) this.refused += 1;
    this.#take(answer);
    return tookMs;
  }

  #frame() {
    const base = { seq: 0, chain: '' };
    const head = { seq: this.#seq, chain: this.#chain };
    return {
      session_no: this.edge.sessionNo,
      books: this.#books,
      epoch: this.#epoch,
      base,
      shares: [],
      proof: null,
      last: false,
      ...head,
    };
  }

  #take(answer: SettleAnswer): void {
    this.#epoch = answer.epoch;
    const byWin = new Map([...this.#windows.values()].map((window) => [window.win, window]));
    for (const { win, granted } of answer.grants) {
      const window = byWin.get(win);
      if (window) window.granted = Math.max(window.granted, granted);
    }
  }

  async #send(url: string, request: object): Promise<SettleAnswer> {
    const body = JSON.stringify(request);
    const headers = this.edge.token.call('POST', '/settle', body);
    const response = await fetch(`${url}/settle`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${response.status} ${text}`);
    return settleAnswer.parse(JSON.parse(text).data);
  }
}

export async function enroll(replica: Replica, registrationToken: string): Promise<TestEdge> {
  const edge = await TestEdge.enroll(replica, registrationToken);
  const reply = await edge.openSession(replica);
  if (reply.status !== 200) throw new Error(reply.text);
  return edge;
}
