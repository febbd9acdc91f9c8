import type { Ledger } from '../src/ledger/ledger.ts';

/** Books whose calls can be replaced one by one: methods of a class do not spread. */
export function passThrough(ledger: Ledger): Ledger {
  return {
    settling: ledger.settling,
    intend: (intent) => ledger.intend(intent),
    renew: (intent) => ledger.renew(intent),
    settle: (row) => ledger.settle(row),
    ask: (question) => ledger.ask(question),
    note: (entry) => ledger.note(entry),
    head: () => ledger.head(),
    accepting: () => ledger.accepting(),
    totalsToday: () => ledger.totalsToday(),
    requestsPerMinute: () => ledger.requestsPerMinute(),
    sizes: () => ledger.sizes(),
    rollUp: () => ledger.rollUp(),
    sweep: () => ledger.sweep(),
    close: () => ledger.close(),
  };
}
