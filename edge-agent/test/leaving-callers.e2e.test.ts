import { dialects } from '@aicarpool/shared-protocol';
import { expect, it } from 'vitest';
import { checkBills } from './faults/check-bills.ts';
import { letCallersLeave } from './faults/leaving-callers.ts';

const ways = dialects.flatMap((dialect) => (['abort', 'drain'] as const).map((onClientGone) => ({ dialect, onClientGone })));

it.each(ways)(
  'no request of $dialect is booked with less than was charged when 1,000 callers leave at random points ($onClientGone)',
  async (way) => {
    const outcome = await letCallersLeave({ ...way, callers: 1_000, random: Math.random });
    const { charged, counted, exact } = checkBills(outcome);
    process.stdout.write(
      `${way.dialect} ${way.onClientGone}: ${outcome.left} of 1,000 left; ${outcome.bills.size} asked upstream; charged ${charged}, booked ${counted}, exact ${exact}\n`,
    );
    expect(outcome.left).toBeGreaterThan(200);
  },
  120_000,
);
