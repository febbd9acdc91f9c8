import type { Ledger } from '../src/ledger/ledger.ts';
import { passThrough } from './pass-through.ts';

type Settle = Ledger['settle'];
type Intend = Ledger['intend'];

/** Stands between a node and its books; what `change` does not give passes through. */
export function withSettle(change: (settle: Settle, intend: Intend) => Partial<Pick<Ledger, 'settle' | 'intend'>>) {
  return (ledger: Ledger): Ledger => ({
    ...passThrough(ledger),
    ...change(
      (row) => ledger.settle(row),
      (intent) => ledger.intend(intent),
    ),
  });
}

/** Books that take rows, but say so only once they are let go. */
export function heldBooks() {
  let letGo: () => void = () => undefined;
  const free = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let asked = 0;
  const wrapLedger = withSettle((settle) => ({
    settle: async (row) => {
      asked += 1;
      await free;
      return settle(row);
    },
  }));
  return { wrapLedger, letGo: () => letGo(), asked: () => asked };
}
