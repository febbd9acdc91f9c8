import { Worker } from 'node:worker_threads';
import type { RangeProof, SettleBatch } from '@aicarpool/shared-protocol';
import { LedgerFailed } from '../ledger-failed.ts';
import type { Audit, AuditAnswered, AuditAsked, Audited } from './auditor-thread.ts';
import type { Auditor } from './settling-books.ts';
import type { Mark } from './settling-command.ts';

interface Waiter {
  resolve(audited: Audited): void;
  reject(error: Error): void;
}

/** The node's end of the line to the thread that reads rows again. It starts when it is first needed. */
export class AuditorLink implements Auditor {
  readonly #dataDir: string;
  readonly #onCorrupt: (message: string) => void;
  readonly #waiters = new Map<number, Waiter>();
  #worker: Worker | undefined;
  #nextNo = 1;
  #isClosed = false;

  /** `onCorrupt`: the books contradict themselves, and are marked to be set aside. */
  constructor(dataDir: string, onCorrupt: (message: string) => void) {
    this.#dataDir = dataDir;
    this.#onCorrupt = onCorrupt;
  }

  async batch(after: Mark, headSeq: number): Promise<SettleBatch | null> {
    const audited = await this.#ask({ kind: 'batch', after, headSeq });
    return audited.kind === 'batch' ? audited.batch : null;
  }

  async prove(from: number, to: number): Promise<RangeProof> {
    const audited = await this.#ask({ kind: 'proof', from, to });
    if (audited.kind !== 'proof') throw new Error('the auditor answered another question');
    return audited.proof;
  }

  async charged(after: number, to: number): Promise<readonly (readonly [number, number])[]> {
    const audited = await this.#ask({ kind: 'charged', after, to });
    return audited.kind === 'charged' ? audited.charged : [];
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#rejectAll(new LedgerFailed('closed', 'the ledger is closed'));
    await this.#worker?.terminate();
  }

  #ask(audit: Audit): Promise<Audited> {
    if (this.#isClosed) return Promise.reject(new LedgerFailed('closed', 'the ledger is closed'));
    this.#worker ??= this.#start();
    const no = this.#nextNo;
    this.#nextNo += 1;
    this.#worker.postMessage({ no, audit } satisfies AuditAsked);
    return new Promise((resolve, reject) => this.#waiters.set(no, { resolve, reject }));
  }

  #start(): Worker {
    const options = { workerData: this.#dataDir, name: 'ledger-auditor' };
    const worker = new Worker(new URL('./auditor-thread.ts', import.meta.url), options);
    worker.on('message', (answer: AuditAnswered) => {
      const waiter = this.#waiters.get(answer.no);
      this.#waiters.delete(answer.no);
      if ('audited' in answer) return waiter?.resolve(answer.audited);
      if (answer.isCorrupt) this.#onCorrupt(answer.failure);
      waiter?.reject(new LedgerFailed('disk', answer.failure));
    });
    worker.on('error', (error) => {
      if (this.#worker === worker) this.#worker = undefined;
      this.#rejectAll(new LedgerFailed('disk', error.message));
    });
    return worker;
  }

  #rejectAll(failure: LedgerFailed): void {
    for (const waiter of this.#waiters.values()) waiter.reject(failure);
    this.#waiters.clear();
  }
}
