import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freshDatabase, type TestPg } from '../../../../test/pg.ts';
import type { ModelBook } from '../../../../test/settlement/model-book.ts';
import { Scene } from '../../../../test/settlement/scene.ts';
import { kernelAudit } from '../../../kernel/tables.ts';
import type { NodeRow } from '../../nodes/find-node.ts';
import { fleetBatches, fleetProofs } from '../settlement-tables.ts';
import { askProofs } from './ask-proofs.ts';
import { checkInvariants } from './check-invariants.ts';
import { foldBatches } from './fold-batches.ts';

let pg: TestPg;
let scene: Scene;
beforeAll(async () => {
  pg = await freshDatabase();
  scene = new Scene(pg);
});
afterEach(async () => expect(await checkInvariants(scene.ctx)).toEqual([]));
afterAll(() => pg.close());

async function stage(rows: number, perBatch: number) {
  const group = await scene.group();
  const node = await scene.node(group);
  const book = scene.newBook(node);
  for (let row = 1; row <= rows; row += 1) {
    book.spend({}, { group_id: group, input: row, cost_nano_usd: 10 * row });
    if (row % perBatch === 0) await scene.settle(node, book);
  }
  await scene.settle(node, book);
  return { node, book };
}

function proofOf(book: ModelBook, { from, to }: { from: number; to: number }) {
  const rows = book.rows.slice(from - 1, to).map(({ total }) => total);
  const of = (name: 'requests' | 'input' | 'cache_read' | 'cache_write' | 'output' | 'cost_nano_usd' | 'estimated' | 'lost') =>
    rows.reduce((sum, total) => sum + total[name], 0);
  const names = ['requests', 'input', 'cache_read', 'cache_write', 'output', 'cost_nano_usd', 'estimated', 'lost'] as const;
  const sums = Object.fromEntries(names.map((name) => [name, of(name)])) as Record<(typeof names)[number], number>;
  return { from, to, rows: rows.length, chain: book.rows[to - 1]?.chain ?? '', sums };
}

async function asked(node: NodeRow, book: ModelBook) {
  const { audit } = await scene.settle(node, book);
  if (!audit) throw new Error('nothing was asked');
  return audit;
}

const proofs = async (book: ModelBook) => (await pg.db.select().from(fleetProofs)).filter((row) => row.book === book.id);

describe('a sample', () => {
  it('is a range of whole batches, and the same when nothing was changed', async () => {
    const { node, book } = await stage(12, 4);
    expect(await askProofs(scene.ctx, 'sample', () => 0.3)).toBeGreaterThan(0);
    const range = await asked(node, book);
    expect([range.from, range.to].every((seq) => (seq - 1) % 4 === 0 || seq % 4 === 0)).toBe(true);
    expect((await scene.settle(node, book, { proof: proofOf(book, range) })).audit).toBeNull();
    expect(await proofs(book)).toMatchObject([{ outcome: 'same', kind: 'sample' }]);
  });

  it('differs when one sum or the chain does, and somebody is told', async () => {
    const { node, book } = await stage(8, 4);
    await askProofs(scene.ctx, 'sample', () => 0);
    const range = await asked(node, book);
    const proof = proofOf(book, range);
    await scene.settle(node, book, { proof: { ...proof, sums: { ...proof.sums, cost_nano_usd: proof.sums.cost_nano_usd + 1 } } });
    await askProofs(scene.ctx, 'sample', () => 0);
    await scene.settle(node, book, { proof: { ...proof, chain: 'other' } });
    expect((await proofs(book)).map(({ outcome }) => outcome)).toEqual(['differs', 'differs']);
    const notes = (await pg.db.select().from(kernelAudit)).filter((row) => row.targetId === book.id);
    expect(notes.map(({ action }) => action)).toEqual(['fleet.book.proof_differs', 'fleet.book.proof_differs']);
  });

  it('proves nothing where rows are past their time, or where nothing was asked', async () => {
    const { node, book } = await stage(8, 4);
    await askProofs(scene.ctx, 'sample', () => 0);
    const range = await asked(node, book);
    const proof = proofOf(book, range);
    await scene.settle(node, book, { proof: { ...proof, from: 2 } });
    expect(await proofs(book)).toEqual([]);
    await scene.settle(node, book, { proof: { ...proof, rows: 0, chain: '' } });
    expect(await proofs(book)).toMatchObject([{ outcome: 'no_detail' }]);
  });
});

describe('a sweep', () => {
  it('reads everything, piece by piece, to the last settled row', async () => {
    const { node, book } = await stage(6000, 500);
    await askProofs(scene.ctx, 'sweep');
    let range: { from: number; to: number } | null = await asked(node, book);
    const pieces = [];
    while (range) {
      pieces.push([range.from, range.to]);
      range = (await scene.settle(node, book, { proof: proofOf(book, range) })).audit;
    }
    expect(pieces).toEqual([
      [1, 5000],
      [5001, 6000],
    ]);
    expect((await proofs(book)).map(({ outcome, kind }) => [outcome, kind])).toEqual([
      ['same', 'sweep'],
      ['same', 'sweep'],
    ]);
  });
});

describe('old batches', () => {
  it('are one an hour, with the same range, links and sums, and are read again as before', async () => {
    const { node, book } = await stage(12, 3);
    const sums = async () => {
      const rows = (await pg.db.select().from(fleetBatches)).filter((row) => row.book === book.id);
      return { count: rows.length, cost: rows.reduce((sum, row) => sum + row.costNanoUsd, 0) };
    };
    expect(await sums()).toEqual({ count: 4, cost: 780 });
    expect(await foldBatches(scene.ctx)).toBe(0);
    scene.clock.forward(3 * 86_400_000);
    expect(await foldBatches(scene.ctx)).toBeGreaterThan(2);
    expect(await sums()).toEqual({ count: 1, cost: 780 });
    await askProofs(scene.ctx, 'sample', () => 0.9);
    const range = await asked(node, book);
    await scene.settle(node, book, { proof: proofOf(book, range) });
    expect(await proofs(book)).toMatchObject([{ outcome: 'same', fromSeq: 1, toSeq: 12 }]);
  });
});
