import type { Mutation } from './mutation.ts';

const ledger = (file: string) => `edge-agent/src/ledger/${file}.ts`;
const fuzz = ledger('settle/settling.fuzz.test');
const settling = ledger('settle/settling.test');
const fullDisk = ledger('disk/full-disk.test');

export const mutations: readonly Mutation[] = [
  {
    name: 'rows are committed with synchronous=NORMAL',
    file: ledger('write/row-writer'),
    find: '    this.setDurable(true);\n    this.#lastAdded',
    replace: '    this.setDurable(false);\n    this.#lastAdded',
    test: fuzz,
  },
  {
    name: 'the chain leaves the charges out',
    file: ledger('write/row-writer'),
    find: 'const chain = nextChain(after.chain, seq, text);',
    replace: 'const chain = nextChain(after.chain, seq, JSON.stringify(values.slice(0, chargesAt)));',
    test: fuzz,
  },
  {
    name: 'a batch is not frozen, and rebuilt with what came since',
    file: ledger('settle/settling-desk'),
    find: `this.#db.prepare('INSERT INTO edge_batch VALUES (1, ?)').run(body);`,
    replace: 'void body;',
    test: fuzz,
  },
  {
    name: 'a frozen batch does not survive a power cut',
    file: ledger('settle/settling-desk'),
    find: `'move', 'scrubbed'`,
    replace: `'move', 'scrubbed', 'freeze'`,
    test: fuzz,
  },
  {
    name: 'slices are charged outside of the transaction of the rows',
    file: ledger('write/row-writer'),
    find: '      this.slices.spend(charged);\n    });',
    replace: '    });\n    setImmediate(() => this.slices.spend(charged));',
    test: fuzz,
  },
  {
    name: 'what a crash left open is not charged at its holds',
    file: ledger('write/open-intents'),
    find: 'lost.push(values);',
    replace: 'lost.push(values.slice(0, -1));',
    test: settling,
  },
  {
    name: 'a restored centre is told what it had forgotten as settled',
    file: ledger('settle/settling-books'),
    find: '[win, -amount]',
    replace: '[win, 0]',
    test: fuzz,
  },
  {
    name: 'rows are swept before they are settled',
    file: ledger('write/ledger-writer'),
    find: 'Math.min(this.#rows.intents.oldestSeq(), meta.acked().seq)',
    replace: 'this.#rows.intents.oldestSeq()',
    test: ledger('upkeep/sweep.test'),
  },
  {
    name: 'an older grant lowers a newer one',
    file: ledger('settle/slice-store'),
    find: `epoch = ? WHERE win = ? AND granted <= ?'`,
    replace: `epoch = ? WHERE win = ? AND ? > 0'`,
    test: settling,
  },
  {
    name: 'condemned books are opened again',
    file: ledger('store/open-books'),
    find: '  if (marked) {',
    replace: `  if (marked?.mark === 'corrupt') {`,
    test: settling,
  },
  {
    name: 'the ballast is never made again',
    file: ledger('disk/room-keeper'),
    find: 'if (existsSync(path) || spare < bytes) continue;',
    replace: 'if (existsSync(path) || spare < bytes || spareBytes > bytes * 1000) continue;',
    test: fullDisk,
  },
  {
    name: 'the ballast is kept while the books find no room',
    file: ledger('write/writer-loop'),
    find: 'const hadBallast = dropBallast(dataDir);',
    replace: 'const hadBallast = dataDir === undefined && dropBallast(dataDir);',
    test: fullDisk,
  },
  {
    name: 'the emergency log is not replayed',
    file: ledger('write/ledger-writer'),
    find: 'const replayed = this.#rows.replay();',
    replace: 'const replayed = 0;',
    test: fullDisk,
  },
  {
    name: 'the emergency log is replayed twice',
    file: ledger('disk/emergency-log'),
    find: 'if (seq > afterSeq) rows.push',
    replace: 'if (seq > 0) rows.push',
    test: fullDisk,
  },
  {
    name: 'the emergency log goes on behind what is in the tables',
    file: ledger('write/row-writer'),
    find: 'if (this.#spilled.length > 0) this.#emergency.reset();',
    replace: '',
    test: fullDisk,
  },
  {
    name: 'an attempt is lost though its end is in the emergency log',
    file: ledger('write/row-writer'),
    find: 'const seqBefore = this.#stored.seq;',
    replace: 'const seqBefore = this.#head.seq;',
    test: fullDisk,
  },
  {
    name: 'what is not settled is not checked again at the start',
    file: ledger('store/verify-tail'),
    find: 'Math.min(meta.acked().seq, unchecked)',
    replace: 'unchecked',
    test: ledger('store/verify-tail.test'),
  },
  {
    name: 'the scrub does not look at the structure of the file',
    file: ledger('upkeep/scrub'),
    find: `if (found !== 'ok')`,
    replace: `if (found === '')`,
    test: ledger('upkeep/scrub.test'),
  },
  {
    name: 'a disk that fails again and again is trusted',
    file: ledger('disk/failures'),
    find: 'const withinMs = 600_000',
    replace: 'const withinMs = 600',
    test: ledger('disk/failures.test'),
  },
];
