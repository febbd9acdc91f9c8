import { expect } from 'vitest';
import type { Outcome } from './leaving-callers.ts';

const sum = (numbers: Iterable<number>) => [...numbers].reduce((total, one) => total + one, 0);

/**
 * The two logs side by side, request by request: each that the provider saw has one row; where the provider said its
 * usage and was heard, the row says the same, and else no less than was charged. Who left before is charged nothing.
 */
export function checkBills({ bills, booked }: Outcome): { charged: number; counted: number; exact: number } {
  let exact = 0;
  for (const [model, bill] of bills) {
    const rows = booked.get(model) ?? [];
    expect([model, rows.length]).toEqual([model, 1]);
    const [row] = rows;
    if (!row) continue;
    if (!row.estimated) {
      exact += 1;
      expect([model, row.input, row.output, bill.stated]).toEqual([model, bill.input, bill.output, true]);
    }
    const isCovered = row.input >= bill.input && row.output >= bill.output;
    expect({ model, row, bill, isCovered }).toMatchObject({ isCovered: true });
  }
  for (const [model, [row]] of booked) if (!bills.has(model)) expect([model, row?.status]).toEqual([model, 'client_gone']);
  const charged = sum([...bills.values()].map(({ input, output }) => input + output));
  const counted = sum([...booked.values()].flatMap((rows) => rows.map(({ input, output }) => input + output)));
  expect(counted).toBeGreaterThanOrEqual(charged);
  return { charged, counted, exact };
}
