import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { dropBallast } from './disk/ballast.ts';
import { LedgerFailed } from './ledger-failed.ts';
import { lockLedger } from './store/lock.ts';
import { isCorruption, openBooks } from './store/open-books.ts';
import { markCorrupt } from './store/set-aside.ts';
import { LogSignals } from './upkeep/log-signals.ts';
import { LedgerWriter } from './write/ledger-writer.ts';
import type { FromWriter, WriterData } from './write/messages.ts';
import { describeFailure, isTransient } from './write/unless-full.ts';
import { WriterLoop } from './write/writer-loop.ts';

/** Entry of the one thread that writes the books. */
function run(port: MessagePort, data: WriterData): void {
  const tell = (message: FromWriter) => port.postMessage(message);
  try {
    const lock = lockLedger(data.dataDir);
    const writer = openWithRoom(data, tell);
    new WriterLoop({ port, writer, tell, dataDir: data.dataDir, bell: data.bell, release: lock.release }).start();
  } catch (error) {
    if (isCorruption(error)) markCorrupt(data.dataDir, describeFailure(error));
    tell({ kind: 'refused', code: codeOf(error), message: describeFailure(error) });
    port.close();
  }
}

function codeOf(error: unknown): Exclude<LedgerFailed['code'], 'closed'> {
  if (error instanceof LedgerFailed && error.code !== 'closed') return error.code;
  return isTransient(error) ? 'full' : 'disk';
}

/** A disk that is full at the start gets the ballast too. */
function openWithRoom(data: WriterData, tell: (message: FromWriter) => void): LedgerWriter {
  try {
    return open(data, tell);
  } catch (error) {
    if (!isTransient(error) || !dropBallast(data.dataDir)) throw error;
    return open(data, tell);
  }
}

function open({ dataDir, nowMs, maxPages, signals }: WriterData, tell: (message: FromWriter) => void): LedgerWriter {
  const books = openBooks(dataDir, nowMs, maxPages);
  try {
    const writer = new LedgerWriter(books, tell, new LogSignals(signals));
    writer.start(nowMs);
    return writer;
  } catch (error) {
    books.db.close();
    throw error;
  }
}

if (!parentPort) throw new Error('the ledger writer runs as a worker thread');
run(parentPort, workerData);
