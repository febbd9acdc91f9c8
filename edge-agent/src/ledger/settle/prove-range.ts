import type { RangeProof } from '@aicarpool/shared-protocol';
import { columnAt, type RowValues, rowColumns } from '../store/columns.ts';
import { type ChainPoint, chainHex, Meta } from '../store/meta.ts';
import type { Db } from '../store/open-database.ts';
import { ChainBroken, ChainReader, findChainPoint } from '../store/verify-tail.ts';

const rowsPerStep = 500;

type Sums = { -readonly [K in keyof RangeProof['sums']]: number };

/** Reads rows `from`…`to` again, some hundred a step. A row that contradicts its hash ends the chain, not the sums. */
export function* proveRange(db: Db, from: number, to: number): Generator<void, RangeProof> {
  const page = db
    .prepare<[number, number], [number, ...RowValues]>(
      `SELECT seq, ${rowColumns.join(', ')} FROM edge_usage_rows WHERE seq >= ? AND seq <= ? ORDER BY seq LIMIT ${rowsPerStep}`,
    )
    .raw();
  const reader = new ChainReader(db);
  const sums = { requests: 0, input: 0, cache_read: 0, cache_write: 0, output: 0, cost_nano_usd: 0, estimated: 0, lost: 0 };
  let point = findChainPoint(db, new Meta(db), from - 1);
  let rows = 0;
  for (let at = from; at <= to; ) {
    const found = page.all(at, to);
    const last = found.at(-1)?.[0];
    if (last === undefined) break;
    for (const [, ...values] of found) addTo(sums, values);
    rows += found.length;
    point = point && follow(reader, point, last);
    at = last + 1;
    yield;
  }
  return { from, to, chain: point?.seq === to ? chainHex(point) : '', rows, sums };
}

function follow(reader: ChainReader, point: ChainPoint, toSeq: number): ChainPoint | undefined {
  try {
    return reader.verify(point, toSeq);
  } catch (error) {
    if (error instanceof ChainBroken) return undefined;
    throw error;
  }
}

function addTo(sums: Sums, values: RowValues): void {
  const at = (name: keyof typeof columnAt) => Number(values[columnAt[name]]);
  sums.requests += at('final');
  sums.input += at('input');
  sums.cache_read += at('cache_read');
  sums.cache_write += at('cache_write_5m') + at('cache_write_1h');
  sums.output += at('output');
  sums.cost_nano_usd += at('cost_nano_usd');
  sums.estimated += at('estimated');
  sums.lost += at('final') === 1 && values[columnAt.status] === 'lost' ? 1 : 0;
}
