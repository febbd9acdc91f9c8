import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { LedgerFailed } from './ledger-failed.ts';
import { lockLedger } from './store/lock.ts';
import { openBooks } from './store/open-books.ts';
import { LogSignals } from './upkeep/log-signals.ts';
import { LedgerWriter } from './write/ledger-writer.ts';
import type { FromWriter, WriterData } from './write/messages.ts';
import { describeFailure } from './write/unless-full.ts';
import { WriterLoop } from './write/writer-loop.ts';

/** Entry of the one thread that writes the books. */
function run(port: MessagePort, data: WriterData): void {
  const tell = (message: FromWriter) => port.postMessage(message);
  try {
    const lock = lockLedger(data.dataDir);
    const writer = new LedgerWriter(openBooks(data.dataDir, data.nowMs, data.maxPages), tell, new LogSignals(data.signals));
    writer.start(data.nowMs);
    new WriterLoop({ port, writer, tell, dataDir: data.dataDir, bell: data.bell, release: lock.release }).start();
  } catch (error) {
    const known = error instanceof LedgerFailed ? error.code : 'disk';
    const code = known === 'closed' || known === 'full' ? 'disk' : known;
    tell({ kind: 'refused', code, message: describeFailure(error) });
    port.close();
  }
}

if (!parentPort) throw new Error('the ledger writer runs as a worker thread');
run(parentPort, workerData);
