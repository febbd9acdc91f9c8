import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { RangeProof, SettleBatch } from '@aicarpool/shared-protocol';
import { isCorruption, ledgerPath } from '../store/open-books.ts';
import { type Db, openReader } from '../store/open-database.ts';
import { markCorrupt } from '../store/set-aside.ts';
import { ChainReader } from '../store/verify-tail.ts';
import { describeFailure } from '../write/unless-full.ts';
import { buildBatch } from './build-batch.ts';
import { chargedBetween } from './charged-between.ts';
import { proveRange } from './prove-range.ts';
import type { Mark } from './settling-command.ts';

export type Audit =
  | { readonly kind: 'batch'; readonly after: Mark; readonly headSeq: number }
  | { readonly kind: 'proof'; readonly from: number; readonly to: number }
  | { readonly kind: 'charged'; readonly after: number; readonly to: number };

export type Audited =
  | { readonly kind: 'batch'; readonly batch: SettleBatch | null }
  | { readonly kind: 'proof'; readonly proof: RangeProof }
  | { readonly kind: 'charged'; readonly charged: readonly (readonly [number, number])[] };

export interface AuditAsked {
  readonly no: number;
  readonly audit: Audit;
}

export type AuditAnswered =
  | { readonly no: number; readonly audited: Audited }
  | { readonly no: number; readonly failure: string; readonly isCorrupt: boolean };

/** Entry of the thread that reads rows again for settlement, with a connection that can only read. */
function run(port: MessagePort, dataDir: string): void {
  const db = openReader(ledgerPath(dataDir));
  const reader = new ChainReader(db);
  port.on('message', ({ no, audit }: AuditAsked) => {
    const fail = (error: unknown) => {
      const isCorrupt = isCorruption(error);
      if (isCorrupt) markCorrupt(dataDir, describeFailure(error));
      port.postMessage({ no, failure: describeFailure(error), isCorrupt } satisfies AuditAnswered);
    };
    const steps = stepsOf(db, reader, audit);
    const step = (): void => {
      try {
        const { done, value } = steps.next();
        if (done && value) port.postMessage({ no, audited: value } satisfies AuditAnswered);
        else setImmediate(step);
      } catch (error) {
        fail(error);
      }
    };
    step();
  });
}

/** Long work in steps, so that a batch never waits behind it. */
function* stepsOf(db: Db, reader: ChainReader, audit: Audit): Generator<void, Audited> {
  switch (audit.kind) {
    case 'batch': {
      const after = { seq: audit.after.seq, chain: Buffer.from(audit.after.chain.padEnd(64, '0'), 'hex') };
      return { kind: 'batch', batch: buildBatch(reader, after, audit.headSeq) };
    }
    case 'proof':
      return { kind: 'proof', proof: yield* proveRange(db, audit.from, audit.to) };
    case 'charged':
      return { kind: 'charged', charged: [...(yield* chargedBetween(db, audit.after, audit.to))] };
  }
}

if (!parentPort) throw new Error('the auditor of the ledger runs as a worker thread');
run(parentPort, workerData);
