import type { ClientLine } from '../stack/callers.ts';
import type { BillLine } from '../stack/provider.ts';
import type { Book, NodeRow } from './node-rows.ts';

export interface Logs {
  readonly client: readonly ClientLine[];
  readonly books: readonly Book[];
  /** Rows of disks that nobody uses, about attempts that living books tell of as well. */
  readonly passedOver: readonly NodeRow[];
  readonly bill: readonly BillLine[];
}

/** U1, and what the provider charged against what is booked. Gives what is wrong, in words. */
export function compareLogs({ client, books, passedOver, bill }: Logs): string[] {
  const rows = books.flatMap((book) => book.rows);
  return [
    ...books.flatMap((book) => book.faults),
    ...oneRowEach(client, rows, passedOver),
    ...noTwins(rows),
    ...billIsBooked(bill, rows, client),
  ];
}

/**
 * U1: every answer that a client saw end has exactly one final row, with the usage that he was told. A copy of a disk that
 * was taken while it was under way knows only that it began, and books it as lost at no less than it cost; the disk that saw
 * it end, and was told to leave, must still tell of it.
 */
function oneRowEach(client: readonly ClientLine[], rows: readonly NodeRow[], passedOver: readonly NodeRow[]): string[] {
  const finals = new Map<string, NodeRow[]>();
  for (const row of rows) if (row.final) finals.set(row.requestId, [...(finals.get(row.requestId) ?? []), row]);
  return client.flatMap((line) => {
    if (!line.sawEnd || line.requestId === null) return [];
    const [row, ...more] = finals.get(line.requestId) ?? [];
    if (!row) return [`U1: the client saw ${line.rid} (${line.requestId}) end, and no row tells of it`];
    if (more.length > 0) return [`U1: ${line.requestId} has ${more.length + 1} final rows`];
    if (isAsTold(row, line)) return [];
    const isElsewhere = passedOver.some((one) => one.final && one.requestId === line.requestId && isAsTold(one, line));
    if (row.status === 'lost' && isElsewhere && row.input >= line.input && row.output >= line.output) return [];
    return [`U1: ${line.rid} was told ${line.input} + ${line.output}; booked ${row.input} + ${row.output} as ${row.status}`];
  });
}

function isAsTold({ status, input, output }: NodeRow, told: ClientLine): boolean {
  return status === 'ok' && input === told.input && output === told.output;
}

function noTwins(rows: readonly NodeRow[]): string[] {
  const seen = new Set<string>();
  return rows.flatMap((row) => {
    const name = `${row.requestId}/${row.attempt}`;
    if (seen.has(name)) return [`attempt ${name} is booked twice`];
    seen.add(name);
    return [];
  });
}

/**
 * Per request where one can be told from the other, and in sum for those whose answer never had a head (a node that was
 * killed): what was charged is booked, and nothing that was measured is booked at another price.
 */
function billIsBooked(bill: readonly BillLine[], rows: readonly NodeRow[], client: readonly ClientLine[]): string[] {
  const ridOfRequest = new Map(client.flatMap((line) => (line.requestId === null ? [] : [[line.requestId, line.rid] as const])));
  const booked = new Map<string, { tokens: number; measured: boolean }>();
  let loose = 0;
  for (const row of rows) {
    const rid = row.upstreamRequestId?.replace(/^up_/, '') ?? ridOfRequest.get(row.requestId);
    if (rid === undefined) {
      loose += row.tokens;
      continue;
    }
    const before = booked.get(rid) ?? { tokens: 0, measured: true };
    booked.set(rid, { tokens: before.tokens + row.tokens, measured: before.measured && !row.estimated });
  }
  const wrong: string[] = [];
  for (const [rid, { charged, finished }] of chargesOf(bill, leftAt(client))) {
    const row = booked.get(rid);
    if (!row) loose -= charged;
    else if (row.tokens < charged) wrong.push(`the provider charged ${charged} for ${rid}; ${row.tokens} are booked`);
    else if (row.measured && finished && row.tokens !== charged) {
      wrong.push(`${rid} is booked as measured with ${row.tokens}; the provider charged ${charged}`);
    }
  }
  if (loose < 0) wrong.push(`the provider charged ${-loose} more for requests without an answer than is booked for them`);
  return wrong;
}

/** When callers hung up, or were hung up on, by the number of their request. */
function leftAt(client: readonly ClientLine[]): ReadonlyMap<string, number> {
  const left = client.filter(({ code }) => code === 'left' || code === 'client_timeout' || code === 'broken');
  return new Map(left.map(({ rid, endedAtMs }) => [rid, endedAtMs]));
}

/** On its way when a caller hung up: the provider wrote it, and the node never saw it. */
const onItsWayMs = 300;

function chargesOf(
  bill: readonly BillLine[],
  left: ReadonlyMap<string, number>,
): Map<string, { charged: number; finished: boolean }> {
  const charges = new Map<string, { charged: number; finished: boolean }>();
  for (const line of bill) {
    const before = charges.get(line.rid) ?? { charged: 0, finished: true };
    const leftAtMs = left.get(line.rid);
    const seen = leftAtMs === undefined ? line.output : seenBy(line, leftAtMs - onItsWayMs);
    charges.set(line.rid, {
      charged: before.charged + line.input + seen,
      finished: before.finished && line.finished && seen === line.output,
    });
  }
  return charges;
}

function seenBy({ pieces, output }: BillLine, atMs: number): number {
  if (pieces.length === 0) return output;
  return pieces.filter(([writtenAtMs]) => writtenAtMs <= atMs).at(-1)?.[1] ?? 0;
}
