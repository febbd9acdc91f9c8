import type { StatsQuestion } from '@aicarpool/shared-protocol';
import { type Answer, answerQuestion } from '../ask/answer-question.ts';
import { bucketAt } from '../ask/bucket-at.ts';
import type { FinalRow } from '../ledger.ts';
import { ledgerPath, openBooks } from '../store/open-books.ts';
import { openReader } from '../store/open-database.ts';
import { LogSignals } from '../upkeep/log-signals.ts';
import { encodeRow } from '../write/encode-row.ts';
import { LedgerWriter } from '../write/ledger-writer.ts';

/** The books without their threads, for tests that take very many small steps. */
export class InProcessBooks {
  readonly #writer: LedgerWriter;
  readonly #reader;
  readonly #cut = { edges: [] as readonly number[] };
  #no = 0;

  constructor(dataDir: string) {
    this.#writer = new LedgerWriter(openBooks(dataDir, 0, undefined), () => undefined, new LogSignals());
    this.#reader = openReader(ledgerPath(dataDir));
    this.#reader.function('bucket_at', (atMs: number) => bucketAt(this.#cut.edges, atMs));
  }

  settle(rows: readonly FinalRow[]): void {
    this.#no += 1;
    const finals = rows.map((row) => encodeRow(0, row));
    this.#writer.queue({ kind: 'records', no: this.#no, intents: '', firstIntentNo: 0, intentCount: 0, finals });
    this.#writer.commitFinals(Number.MAX_SAFE_INTEGER);
  }

  rollUp(): void {
    while (this.#writer.rollUpChunk());
  }

  /** As after every batch was acknowledged. */
  acknowledgeAll(): void {
    const now = this.#writer.settling({ name: 'look', knownTo: 0, withSettled: true }, 0);
    if (now) this.#writer.settling({ name: 'move', from: now.acked.seq, seq: now.headSeq, charged: [] }, 0);
  }

  sweep(nowMs: number): void {
    this.rollUp();
    while (this.#writer.sweep(nowMs));
  }

  ask(question: Partial<StatsQuestion>, isLate = () => false): Answer {
    const filter = { group_ids: null, key_ids: null, user_ids: null, services: null };
    const whole = { question_id: 'q', edges: [], by: [], deadline_ms: 1000, filter, ...question };
    const steps = answerQuestion(this.#reader, this.#cut, whole, isLate);
    for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value;
  }

  close(): void {
    this.#reader.close();
    this.#writer.close(() => 0);
  }
}
