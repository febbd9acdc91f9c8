import { writeSync } from 'node:fs';
import { openLedger } from '../ledger.ts';
import { intentOf, newRow } from './rows.ts';

/**
 * A node under load that will be killed: says `i <request>` for each intent and `s <request> <seq>` for each row
 * that the books promised to keep. Written at once, so that what was said before the kill is known.
 */
const [dataDir = '', run = ''] = process.argv.slice(2);
const silent = () => undefined;
const ledger = await openLedger({
  dataDir,
  nowMs: Date.now,
  log: { info: silent, warn: silent, error: silent },
  onFatal: (error) => {
    writeSync(1, `f ${error.message}\n`);
    process.exit(70);
  },
});

let no = 0;
async function requests(): Promise<void> {
  for (;;) {
    no += 1;
    const now = Date.now();
    const row = newRow({ requestId: `req_${run}_${no}`, startedAtMs: now, endedAtMs: now, keyId: `key_${no % 9}` });
    await ledger.intend(intentOf(row));
    writeSync(1, `i ${row.requestId}\n`);
    await new Promise((resolve) => setTimeout(resolve, no % 20));
    const seq = await ledger.settle(row);
    writeSync(1, `s ${row.requestId} ${seq}\n`);
  }
}
for (let at = 0; at < 100; at += 1) requests().catch(() => undefined);
