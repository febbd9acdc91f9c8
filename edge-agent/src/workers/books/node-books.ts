import { existsSync } from 'node:fs';
import { ReaderLink } from '../../ledger/ask/reader-link.ts';
import type { Ledger, LedgerLog, Sizes } from '../../ledger/ledger.ts';
import { ledgerPath } from '../../ledger/store/open-books.ts';
import type { CrewMember } from '../crew/crew.ts';
import { mergeAnswers } from './merge-answers.ts';
import { slotFolder } from './slot-folders.ts';

export interface NodeBooksParts {
  readonly dataDir: string;
  /** Of this process: the node goes by its name in sessions. */
  readonly own: Ledger;
  /** Of slots without a worker: kept open here until the node ends. */
  readonly unused: readonly Ledger[];
  readonly log: LedgerLog;
  readonly members: () => readonly CrewMember[];
}

/** All books of a node as if they were one: those of this process, and those that its workers write. */
export class NodeBooks implements Pick<Ledger, 'ask' | 'head' | 'totalsToday' | 'requestsPerMinute' | 'sizes'> {
  readonly #parts: NodeBooksParts;
  readonly #readers = new Map<number, ReaderLink>();

  constructor(parts: NodeBooksParts) {
    this.#parts = parts;
  }

  /** The file of a slot may be another one than before: what was open is opened anew when somebody asks. */
  reopen(slot: number): void {
    const reader = this.#readers.get(slot);
    this.#readers.delete(slot);
    void reader?.close();
  }

  async ask(question: Parameters<Ledger['ask']>[0]): ReturnType<Ledger['ask']> {
    const { own, unused } = this.#parts;
    const readers = this.#parts.members().flatMap(({ slot }) => this.#reader(slot) ?? []);
    const answers = await Promise.all([own, ...unused, ...readers].map((book) => book.ask(question)));
    return mergeAnswers(question, answers);
  }

  head(): ReturnType<Ledger['head']> {
    return this.#parts.own.head();
  }

  totalsToday(): { readonly requests: number } {
    const here = this.#here().reduce((sum, book) => sum + book.totalsToday().requests, 0);
    return { requests: here + this.#sum(({ today }) => today) };
  }

  requestsPerMinute(): number {
    return this.#here().reduce((sum, book) => sum + book.requestsPerMinute(), 0) + this.#sum(({ perMinute }) => perMinute);
  }

  /** All files; of the disk, which they share, what this process sees. */
  sizes(): Sizes {
    const own = this.#parts.own.sizes();
    const unused = this.#parts.unused.reduce((sum, book) => sum + book.sizes().databaseBytes, 0);
    return { ...own, databaseBytes: own.databaseBytes + unused + this.#sum(({ sizes }) => sizes.databaseBytes) };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#readers.values()].map((reader) => reader.close()));
    this.#readers.clear();
  }

  #here(): readonly Ledger[] {
    return [this.#parts.own, ...this.#parts.unused];
  }

  #sum(read: (pulse: NonNullable<CrewMember['pulse']>) => number): number {
    return this.#parts.members().reduce((sum, { pulse }) => sum + (pulse ? read(pulse) : 0), 0);
  }

  /** Undefined: this slot has no books yet. */
  #reader(slot: number): ReaderLink | undefined {
    const folder = slotFolder(this.#parts.dataDir, slot);
    const known = this.#readers.get(slot);
    if (known || !existsSync(ledgerPath(folder))) return known;
    const reader = new ReaderLink(folder, this.#parts.log);
    this.#readers.set(slot, reader);
    return reader;
  }
}
