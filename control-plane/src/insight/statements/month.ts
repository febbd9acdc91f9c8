import { startOfDayMs, wallTimeAt } from '../time/wall-clock.ts';

/** The instants at which a month, written YYYY-MM, begins and ends in a time zone. */
export function monthEdges(zone: string, month: string): { readonly startsAt: Date; readonly endsAt: Date } {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return { startsAt: new Date(startOfDayMs(zone, year, number, 1)), endsAt: new Date(startOfDayMs(zone, year, number + 1, 1)) };
}

/** The month that an instant lies in. */
export function monthAt(zone: string, at: Date): string {
  const { year, month } = wallTimeAt(zone, at.getTime());
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}`;
}

/** `months` later, or earlier where it is below zero. */
export function monthAfter(month: string, months: number): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  const count = year * 12 + number - 1 + months;
  return `${String(Math.floor(count / 12)).padStart(4, '0')}-${String((count % 12) + 1).padStart(2, '0')}`;
}
