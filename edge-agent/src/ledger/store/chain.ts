import { createHash } from 'node:crypto';

/** What the first row of an incarnation is chained to. */
export const emptyChain = Buffer.alloc(32);

/**
 * h(i) = SHA-256( h(i-1) ‖ seq in decimal ‖ ':' ‖ the row as a JSON array in the order of `rowColumns` ).
 * `rowText` is exactly what JSON.stringify gives for the stored values.
 */
export function nextChain(previous: Buffer, seq: number, rowText: string): Buffer {
  return createHash('sha256').update(previous).update(`${seq}:${rowText}`).digest();
}
