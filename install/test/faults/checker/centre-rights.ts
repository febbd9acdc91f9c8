import type { Stack } from '../stack/stack.ts';
import { isInUse } from './centre-books.ts';
import type { Book } from './node-rows.ts';

/** Invariants I1–I3 of the escrow, as they hold at every moment. */
export async function checkRights({ centre }: Stack): Promise<string[]> {
  const { sql } = centre;
  const [i1, i2, i3] = await Promise.all([
    sql`SELECT w.win FROM fleet_windows w
          LEFT JOIN (SELECT win, sum(granted) g, sum(returned) r, sum(spent) s FROM fleet_slices GROUP BY 1) x USING (win)
         WHERE (w.granted, w.returned, w.spent) IS DISTINCT FROM (coalesce(x.g, 0), coalesce(x.r, 0), coalesce(x.s, 0))`,
    sql`SELECT win FROM fleet_windows WHERE granted - returned > limit_peak + forced`,
    sql`SELECT win, book FROM fleet_slices WHERE spent <> charged`,
  ]);
  const tell = (name: string, rows: readonly unknown[]) =>
    rows.length > 0 ? [`${name} does not hold: ${JSON.stringify(rows)}`] : [];
  return [
    ...tell('I1, windows are the sums of their slices,', i1),
    ...tell('I2, never more promised than allowed,', i2),
    ...tell('I3, spent in escrow is spent in the books,', i3),
  ];
}

export interface WindowState {
  readonly win: number;
  readonly quotaId: string;
  readonly subject: string;
  readonly unit: string;
  readonly limit: number;
  readonly limitPeak: number;
  readonly granted: number;
  readonly returned: number;
  readonly spent: number;
  readonly forced: number;
  readonly isOver: boolean;
}

export async function readWindows({ centre }: Stack): Promise<WindowState[]> {
  const rows = await centre.sql`SELECT *, coalesce(ends_at < now(), false) AS is_over FROM fleet_windows ORDER BY win`;
  return rows.map((row) => ({
    win: Number(row['win']),
    quotaId: row['quota_id'],
    subject: row['subject'],
    unit: row['unit'],
    limit: Number(row['limit']),
    limitPeak: Number(row['limit_peak']),
    granted: Number(row['granted']),
    returned: Number(row['returned']),
    spent: Number(row['spent']),
    forced: Number(row['forced']),
    isOver: row['is_over'],
  }));
}

/** U4: what a node knows of its rights is no more than the centre gave, and nothing stays promised in a window that ended. */
export async function findLeaks(stack: Stack, books: readonly Book[]): Promise<string[]> {
  const slices = await stack.centre.sql`SELECT win, book, granted, returned, spent, closed FROM fleet_slices`;
  const ofCentre = new Map(slices.map((slice) => [`${slice['book']}/${slice['win']}`, slice]));
  const living = new Set(stack.nodes.filter((node) => node.isRunning).map(({ dataDir }) => dataDir));
  const wrong: string[] = [];
  for (const { name, path, slices: held } of books) {
    if (!path.endsWith('.db')) continue;
    for (const { win, granted, returned, spent } of held) {
      const known = ofCentre.get(`${name}/${win}`);
      if (!known && granted + spent > 0) wrong.push(`U4: the centre knows nothing of window ${win} in ${name}`);
      if (!known || known['closed']) continue;
      if (granted > Number(known['granted']))
        wrong.push(`U4: ${name} believes in ${granted} of window ${win}; ${known['granted']} were granted`);
      if (Number(known['returned']) > returned)
        wrong.push(`U4: of window ${win} ${name} returned ${returned}; the centre heard ${known['returned']}`);
      // Of a disk that was given up nobody hears any more.
      if (isInUse(path, living) && Number(known['spent']) !== spent)
        wrong.push(`U4: of window ${win} ${name} spent ${spent}; the centre knows ${known['spent']}`);
    }
  }
  for (const window of await readWindows(stack)) {
    const rest = window.granted - window.returned - window.spent;
    if (window.isOver && rest !== 0) wrong.push(`U4: ${rest} of the ended window ${window.win} stay promised`);
  }
  return wrong;
}
