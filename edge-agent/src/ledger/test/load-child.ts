import { writeSync } from 'node:fs';
import { openLedger } from '../ledger.ts';
import { intentOf, newRow } from './rows.ts';

/**
 * A node under load that will be killed: says `i <request>` for each intent, `s <request> <seq>` for each row that the
 * books promised to keep, `b <from> <to> <chain>` for each batch, `n` and `y` when it stops and goes on taking requests.
 * Written at once, so that what was said before the kill is known.
 */
const [dataDir = '', run = '', options = '{}'] = process.argv.slice(2);
const silent = () => undefined;
const ledger = await openLedger({
  dataDir,
  nowMs: Date.now,
  log: { info: silent, warn: silent, error: silent },
  onFatal: (error) => {
    say(`f ${error.message}`);
    process.exit(70);
  },
  ...JSON.parse(options),
});
/** Whole, however slowly the other end reads. */
function say(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
    }
  }
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
say(ledger.accepting().ok ? 'y' : 'n');

let no = 0;
async function requests(): Promise<void> {
  for (;;) {
    if (!ledger.accepting().ok) {
      await sleep(20);
      continue;
    }
    no += 1;
    const now = Date.now();
    const charges = [{ win: (no % 3) + 1, amount: 3 }];
    const row = newRow({ requestId: `req_${run}_${no}`, startedAtMs: now, endedAtMs: now, keyId: `key_${no % 9}`, charges });
    await ledger.intend({ ...intentOf(row), holds: [{ win: (no % 3) + 1, amount: 5 }] });
    say(`i ${row.requestId}`);
    await sleep(no % 20);
    const seq = await ledger.settle(row);
    say(`s ${row.requestId} ${seq}`);
  }
}

async function settlement(): Promise<void> {
  for (let turn = 0; ; turn += 1) {
    const next = await ledger.settling.nextBatch();
    if (next) {
      say(`b ${next.batch.from} ${next.batch.to} ${next.batch.chain}`);
      if (turn % 3 === 0) await ledger.settling.acknowledge(next.batch.to);
    }
    await sleep(30);
  }
}

async function watchAdmission(): Promise<void> {
  for (let was = ledger.accepting().ok; ; ) {
    const is = ledger.accepting().ok;
    if (is !== was) say(is ? 'y' : 'n');
    was = is;
    await sleep(10);
  }
}

for (let at = 0; at < 100; at += 1) requests().catch(() => undefined);
settlement().catch(() => undefined);
void watchAdmission();
