import { pause } from '../stack/program.ts';
import type { Stack } from '../stack/stack.ts';
import type { Book, BookHead, NodeRow } from './node-rows.ts';

interface CentreBook {
  readonly id: string;
  readonly state: string;
  readonly acked_seq: string;
  readonly chain: string;
}

interface Batch {
  readonly book: string;
  readonly from_seq: string;
  readonly to_seq: string;
  readonly prev_chain: string;
  readonly chain: string;
}

const drainMs = 60_000;

/** Resolves with the seconds it took until the centre had every row of every living book; rejects after 60 s. */
export async function drained(stack: Stack, read: () => readonly BookHead[]): Promise<number> {
  const begunAt = performance.now();
  for (;;) {
    const behind = await unsettled(stack, read());
    if (behind.length === 0) return (performance.now() - begunAt) / 1000;
    if (performance.now() - begunAt > drainMs) throw new Error(`U2: after 60 s not settled: ${behind.join('; ')}`);
    await pause(200);
  }
}

async function unsettled({ centre, nodes }: Stack, heads: readonly BookHead[]): Promise<string[]> {
  const known = new Map((await readBooks(centre)).map((book) => [book.id, book]));
  const living = new Set(nodes.filter((node) => node.isRunning).map(({ dataDir }) => dataDir));
  return heads.flatMap(({ name, path, seq }) => {
    if (!isInUse(path, living)) return [];
    const acked = Number(known.get(name)?.acked_seq ?? 0);
    return acked >= seq ? [] : [`${name} has ${seq} rows, the centre ${acked}`];
  });
}

/** Set aside by its node, or of a node that does not run: nobody settles it. */
export function isInUse(path: string, living: ReadonlySet<string>): boolean {
  return path.endsWith('.db') && [...living].some((dataDir) => path.startsWith(`${dataDir}/`));
}

function readBooks(centre: Stack['centre']): Promise<CentreBook[]> {
  return centre.sql<CentreBook[]>`SELECT id, state, acked_seq, chain FROM fleet_books`;
}

/** U2: what the nodes hold is what the centre settled, to the last unit, and every batch follows the one before it. */
export async function compareCentre({ centre }: Stack, books: readonly Book[]): Promise<string[]> {
  const [known, batches] = await Promise.all([
    readBooks(centre),
    centre.sql<Batch[]>`SELECT book, from_seq, to_seq, prev_chain, chain FROM fleet_batches ORDER BY book, to_seq`,
  ]);
  const settled = known.flatMap((book) => rowsSettled(book, books));
  const wrong = settled.flatMap(({ wrong }) => wrong);
  const rows = settled.flatMap(({ rows }) => rows);
  return [...wrong, ...known.flatMap((book) => followBatches(book, batches)), ...(await compareTotals(centre, rows))];
}

/** The rows of a book as far as it is settled, out of the file that holds just these: a copied disk may hold others. */
function rowsSettled(book: CentreBook, books: readonly Book[]): { rows: readonly NodeRow[]; wrong: readonly string[] } {
  const acked = Number(book.acked_seq);
  if (acked === 0) return { rows: [], wrong: [] };
  for (const { name, rows } of books) {
    if (name === book.id && rows.find(({ seq }) => seq === acked)?.chain === book.chain) {
      return { rows: rows.filter(({ seq }) => seq <= acked), wrong: [] };
    }
  }
  return { rows: [], wrong: [`U2: no node holds the ${acked} rows that the centre settled of ${book.id}`] };
}

function followBatches(book: CentreBook, batches: readonly Batch[]): string[] {
  let [seq, chain] = [0, ''];
  for (const batch of batches.filter((one) => one.book === book.id)) {
    if (Number(batch.from_seq) !== seq + 1 || batch.prev_chain !== chain) {
      return [`U2: the batches of ${book.id} do not join behind row ${seq}`];
    }
    [seq, chain] = [Number(batch.to_seq), batch.chain];
  }
  return seq === Number(book.acked_seq) ? [] : [`U2: ${book.id} is acknowledged to ${book.acked_seq}; its batches end at ${seq}`];
}

type Sums = [attempts: number, requests: number, input: number, output: number, cost: number, estimated: number];

async function compareTotals(centre: Stack['centre'], rows: readonly NodeRow[]): Promise<string[]> {
  const ofRows = new Map<string, Sums>();
  for (const row of rows) {
    const sums = ofRows.get(row.account) ?? [0, 0, 0, 0, 0, 0];
    const add = [1, row.final ? 1 : 0, row.input, row.output, row.costNanoUsd, row.estimated ? 1 : 0];
    ofRows.set(row.account, sums.map((sum, at) => sum + (add[at] ?? 0)) as Sums);
  }
  const totals = await centre.sql`
    SELECT hour_at, group_id, user_id, key_id, service, model, upstream_id, sum(attempts) AS attempts, sum(requests) AS requests,
           sum(input + cache_read + cache_write) AS input, sum(output) AS output, sum(cost_nano_usd) AS cost, sum(estimated) AS estimated
      FROM fleet_hourly_totals GROUP BY 1, 2, 3, 4, 5, 6, 7`;
  const wrong: string[] = [];
  for (const total of totals) {
    const { group_id, user_id, key_id, service, model, upstream_id } = total;
    const account = [new Date(total['hour_at']).toISOString(), group_id, user_id, key_id, service, model, upstream_id].join(' ');
    const told = [total['attempts'], total['requests'], total['input'], total['output'], total['cost'], total['estimated']].map(
      Number,
    );
    const had = ofRows.get(account);
    ofRows.delete(account);
    if (told.join() !== (had ?? []).join())
      wrong.push(`U2: of ${account} the nodes hold ${had ?? 'nothing'}; the centre says ${told}`);
  }
  for (const [account, had] of ofRows) wrong.push(`U2: the centre knows nothing of ${account}: ${had}`);
  return wrong;
}
