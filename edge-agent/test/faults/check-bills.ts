import { expect } from 'vitest';
import type { Outcome } from './leaving-callers.ts';

const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, one) => total + one, 0);

/**
 * The two logs side by side: every request that the provider saw has one row; where it said its usage and was heard,
 * the row says the same; and all together no less was booked than charged.
 */
export function checkBills({ bills, booked }: Outcome): { charged: number; counted: number; exact: number } {
  let exact = 0;
  for (const [model, bill] of bills) {
    const rows = booked.get(model) ?? [];
    expect([model, rows.length]).toEqual([model, 1]);
    const [row] = rows;
    if (!row || row.estimated) continue;
    exact += 1;
    expect([model, row.input, row.output, bill.stated]).toEqual([model, bill.input, bill.output, true]);
  }
  const charged = sum([...bills.values()].map(({ input, output }) => input + output));
  const counted = sum([...booked.values()].flatMap((rows) => rows.map(({ input, output }) => input + output)));
  expect(counted).toBeGreaterThanOrEqual(charged);
  return { charged, counted, exact };
}
