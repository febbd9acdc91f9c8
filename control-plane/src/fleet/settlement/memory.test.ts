import { expect, it } from 'vitest';
import type { Db } from '../../kernel/db.ts';
import { SettlementMemory } from './memory.ts';
import { noQuotas } from './quota-facts.ts';

it('keeps the times of the newest config, though an older one is read to its end later', async () => {
  const reads: ((seconds: number) => void)[] = [];
  const memory = new SettlementMemory({
    ...noQuotas,
    readConfigTimes: async () => {
      const seconds = await new Promise<number>((resolve) => reads.push(resolve));
      return new Map([['grp_a', seconds]]);
    },
  });
  const tx = {} as Db;
  const ask = (head: number) => memory.holdS(tx, { epoch: 'e', head }, ['grp_a']);
  const older = ask(1);
  const newer = ask(2);
  reads[1]?.(900);
  expect(await newer).toBe(900);
  reads[0]?.(86_400);
  expect(await older).toBe(86_400);
  expect(await ask(2)).toBe(900);
  expect(reads).toHaveLength(2);
});
