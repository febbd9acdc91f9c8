import type { SettleBatch } from '@aicarpool/shared-protocol';
import { expect, it } from 'vitest';
import { SettlingBooks } from './settling-books.ts';
import type { SettlingCommand, Standing } from './settling-command.ts';

it('reads what is settled once for a batch, and not at all to let it go', async () => {
  const asked: string[] = [];
  let acked = 0;
  const ask = async (command: SettlingCommand): Promise<Standing> => {
    const withSettled = command.name === 'look' && command.withSettled;
    asked.push(`${command.name}${withSettled ? ' with settled' : ''}`);
    if (command.name === 'move') acked = command.seq;
    const at = (seq: number) => ({ seq, chain: '' });
    return { base: at(0), acked: at(acked), headSeq: 2, frozen: null, settled: withSettled ? [[1, 10]] : null };
  };
  const batch = { from: 1, to: 2, charged: [[1, 5]] } as unknown as SettleBatch;
  const books = new SettlingBooks({
    openedWith: { slices: [], base: { seq: 0, chain: '' }, acked: { seq: 0, chain: '' }, setAside: undefined },
    ask,
    auditor: {
      batch: async () => batch,
      charged: async () => [[1, 5]],
      prove: async () => {
        throw new Error('nothing is to be proved');
      },
    },
    nowMs: () => 0,
    onDoubt: () => undefined,
  });
  expect((await books.nextBatch())?.spent).toEqual(new Map([[1, 15]]));
  await books.acknowledge(2);
  expect(asked).toEqual(['look with settled', 'freeze', 'look', 'move']);
  expect(await books.spentAt(2)).toEqual(new Map([[1, 10]]));
});
