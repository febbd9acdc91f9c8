import { expect, it } from 'vitest';
import { newDataDir, openTestLedger } from '../test/open-test-ledger.ts';
import { tamper } from '../test/read-books.ts';
import { newRow } from '../test/rows.ts';

/** Ten rows, of which so many are settled; then one is changed behind the back of the books. */
async function setAsideAfter(settled: number, changedSeq: number): Promise<boolean> {
  const dataDir = newDataDir();
  const { ledger } = await openTestLedger({ dataDir });
  for (let at = 0; at < 10; at += 1) await ledger.settle(newRow({ charges: [{ win: 1, amount: 5 }] }));
  await ledger.settling.acknowledge(settled);
  await ledger.close();
  tamper(dataDir, `UPDATE edge_usage_rows SET charges = '[[1,4]]' WHERE seq = ${changedSeq}`);
  const again = await openTestLedger({ dataDir });
  return again.ledger.settling.openedWith.setAside !== undefined;
}

it('checks at every start what is not settled, though it was checked before', async () => {
  expect(await setAsideAfter(0, 1)).toBe(true);
  expect(await setAsideAfter(6, 7)).toBe(true);
});

it('leaves what is settled to the scrub', async () => {
  expect(await setAsideAfter(6, 6)).toBe(false);
});
