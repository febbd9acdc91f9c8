import { expect, it } from 'vitest';
import { checkBills } from './faults/check-bills.ts';
import { letCallersLeave } from './faults/leaving-callers.ts';

it.each(['abort', 'drain'] as const)(
  'books no less than was charged when 1,000 callers leave at random points (%s)',
  async (how) => {
    const outcome = await letCallersLeave(1_000, how, Math.random);
    const { charged, counted, exact } = checkBills(outcome);
    process.stdout.write(
      `${how}: ${outcome.left} of 1,000 left; ${outcome.bills.size} asked upstream; charged ${charged}, booked ${counted}, exact ${exact}\n`,
    );
    expect(outcome.left).toBeGreaterThan(200);
  },
  120_000,
);
