import { copyFileSync, mkdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { Charge, FinalRow } from '../ledger.ts';
import { buildBatch } from '../settle/build-batch.ts';
import { chargedBetween } from '../settle/charged-between.ts';
import { proveRange } from '../settle/prove-range.ts';
import { type Auditor, SettlingBooks } from '../settle/settling-books.ts';
import { type Books, ledgerPath, openBooks } from '../store/open-books.ts';
import { openReader } from '../store/open-database.ts';
import { ChainReader } from '../store/verify-tail.ts';
import { LogSignals } from '../upkeep/log-signals.ts';
import { encodeIntent, encodeRow } from '../write/encode-row.ts';
import { LedgerWriter } from '../write/ledger-writer.ts';
import type { FromWriter } from '../write/messages.ts';
import { intentOf, newRow } from './rows.ts';

const whenever = Number.MAX_SAFE_INTEGER;

/**
 * Books without their threads that can die at any moment. A killed process leaves all that it wrote; a power cut only
 * what was written up to the last commit that waited for the disk (`synchronous=FULL`): the rest of the log is cut off.
 */
export class CrashingBooks {
  readonly settling: SettlingBooks;
  readonly lost: number;
  readonly dataDir: string;
  readonly #home: string;
  readonly #books: Books;
  readonly #writer: LedgerWriter;
  readonly #reader;
  #no = 1;
  #safeLogBytes = 0;
  static #nextImage = 1;

  /** `home` holds the image of every life. */
  constructor(home: string, dataDir: string = join(home, 'first')) {
    mkdirSync(dataDir, { recursive: true });
    this.#home = home;
    this.dataDir = dataDir;
    this.#books = openBooks(dataDir, 0, undefined);
    const told: FromWriter[] = [];
    this.#writer = new LedgerWriter(this.#books, (message) => told.push(message), new LogSignals());
    this.#writer.start(0);
    const ready = told.find((message) => message.kind === 'ready');
    if (!ready) throw new Error('the books are not ready');
    this.lost = ready.lost;
    this.#reader = openReader(ledgerPath(dataDir));
    const ask: ConstructorParameters<typeof SettlingBooks>[0]['ask'] = async (command) => {
      const standing = this.#writer.settling(command, whenever);
      this.#noteSafety();
      return standing;
    };
    this.settling = new SettlingBooks({
      openedWith: ready.settling,
      ask,
      auditor: this.#auditor(),
      nowMs: () => 0,
      onDoubt: () => undefined,
    });
    this.#safeLogBytes = this.#logBytes();
  }

  /** An attempt begins; the number settles it. */
  intend(holds: readonly Charge[]): { readonly row: FinalRow; readonly no: number } {
    const row = newRow({ charges: holds });
    const no = this.#no;
    this.#no += 1;
    const intents = encodeIntent(no, { ...intentOf(row), holds });
    this.#writer.queue({ kind: 'records', no, intents, firstIntentNo: no, intentCount: 1, finals: [] });
    this.#writer.commitIntents(whenever);
    this.#noteSafety();
    return { row, no };
  }

  /** All in one commit. */
  settle(ended: readonly { readonly row: FinalRow; readonly no: number }[]): void {
    const finals = ended.map(({ row, no }) => encodeRow(no, row));
    this.#writer.queue({ kind: 'records', no: this.#no, intents: '', firstIntentNo: 0, intentCount: 0, finals });
    this.#no += 1;
    this.#writer.commitFinals(whenever);
    this.#noteSafety();
  }

  /** The next life begins with what the disk has. */
  crash(kind: 'killed' | 'power-cut'): CrashingBooks {
    const image = join(this.#home, `image-${CrashingBooks.#nextImage}`);
    CrashingBooks.#nextImage += 1;
    mkdirSync(image);
    copyFileSync(ledgerPath(this.dataDir), ledgerPath(image));
    copyFileSync(`${ledgerPath(this.dataDir)}-wal`, `${ledgerPath(image)}-wal`);
    if (kind === 'power-cut') truncateSync(`${ledgerPath(image)}-wal`, this.#safeLogBytes);
    this.close();
    return new CrashingBooks(this.#home, image);
  }

  restart(): CrashingBooks {
    this.close();
    return new CrashingBooks(this.#home, this.dataDir);
  }

  close(): void {
    this.#reader.close();
    this.#writer.close(() => 0);
  }

  #auditor(): Auditor {
    const run = <T>(steps: Generator<void, T>): T => {
      for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value;
    };
    const chainOf = (chain: string) => Buffer.from(chain.padEnd(64, '0'), 'hex');
    return {
      batch: async ({ seq, chain }, headSeq) =>
        buildBatch(new ChainReader(this.#reader), { seq, chain: chainOf(chain) }, headSeq),
      prove: async (from, to) => run(proveRange(this.#reader, from, to)),
      charged: async (after, to) => [...run(chargedBetween(this.#reader, after, to))],
    };
  }

  #noteSafety(): void {
    if (this.#books.db.pragma('synchronous', { simple: true }) === 2) this.#safeLogBytes = this.#logBytes();
  }

  #logBytes(): number {
    return statSync(`${ledgerPath(this.dataDir)}-wal`).size;
  }
}
