import type { StoredSlice } from '../settling.ts';

export interface Grant {
  readonly win: number;
  readonly granted: number;
  readonly receipt: string;
  readonly epoch: string;
}

export interface Return {
  readonly win: number;
  readonly returned: number;
}

/** What the node's thread asks of the writer's about settlement. */
export type SettlingCommand =
  | { readonly name: 'keep-windows'; readonly windows: readonly StoredSlice[] }
  | { readonly name: 'keep-grants'; readonly grants: readonly Grant[] }
  | { readonly name: 'keep-returns'; readonly returns: readonly Return[] }
  | { readonly name: 'forget-windows'; readonly wins: readonly number[]; readonly nowMs: number }
  /** The batch itself is left out when it ends at `knownTo`, and what is settled unless `withSettled`: to read it takes long. */
  | { readonly name: 'look'; readonly knownTo: number; readonly withSettled: boolean }
  | { readonly name: 'freeze'; readonly after: number; readonly body: string }
  /** Everything up to `seq` is settled; `charged` is what the rows between `from` and `seq` used, below zero when it goes back. */
  | {
      readonly name: 'move';
      readonly from: number;
      readonly seq: number;
      readonly charged: readonly (readonly [number, number])[];
    }
  | { readonly name: 'scrubbed'; readonly atMs: number }
  | { readonly name: 'condemn'; readonly reason: string };

export interface Mark {
  readonly seq: number;
  /** Hex; "" before the first row. */
  readonly chain: string;
}

/** Where settlement stands, as the answer to every command. */
export interface Standing {
  readonly base: Mark;
  readonly acked: Mark;
  /** The newest row in the tables: what batches are made of. */
  readonly headSeq: number;
  /** JSON; null: none. */
  readonly frozen: { readonly to: number; readonly body: string | null } | null;
  /** By window, at `acked`; null: nobody asked for it. */
  readonly settled: readonly (readonly [number, number])[] | null;
}
