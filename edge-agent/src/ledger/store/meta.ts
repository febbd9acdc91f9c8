import { randomBytes } from 'node:crypto';
import { emptyChain } from './chain.ts';
import type { Db } from './open-database.ts';

export interface ChainPoint {
  readonly seq: number;
  readonly chain: Buffer;
}

/** The chain as others are told it: hex, "" before the first row. */
export function chainHex({ seq, chain }: ChainPoint): string {
  return seq === 0 ? '' : chain.toString('hex');
}

/** Small facts about the file that must change in the same transaction as the rows they speak of. */
export class Meta {
  readonly #get;
  readonly #set;

  constructor(db: Db) {
    this.#get = db.prepare<[string], string | number | Buffer>('SELECT value FROM ledger_meta WHERE name = ?').pluck();
    this.#set = db.prepare('INSERT INTO ledger_meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value');
  }

  /** The random name of this series of rows; made when the file is new. */
  incarnation(): string {
    const known = this.#get.get('incarnation');
    if (typeof known === 'string') return known;
    const made = `inc_${randomBytes(16).toString('hex')}`;
    this.#set.run('incarnation', made);
    return made;
  }

  /** The last row that retention has deleted; seq 0 when none was. */
  base(): ChainPoint {
    const chain = this.#get.get('base_chain');
    return { seq: this.#number('base_seq'), chain: Buffer.isBuffer(chain) ? chain : emptyChain };
  }

  setBase(point: ChainPoint): void {
    this.#set.run('base_seq', point.seq);
    this.#set.run('base_chain', point.chain);
  }

  /** Everything up to this row is settled. */
  acked(): ChainPoint {
    const chain = this.#get.get('acked_chain');
    const base = this.base();
    return Buffer.isBuffer(chain) ? { seq: this.#number('acked_seq'), chain } : base;
  }

  setAcked(point: ChainPoint): void {
    this.#set.run('acked_seq', point.seq);
    this.#set.run('acked_chain', point.chain);
  }

  /** Rows up to this one are in the hourly sums. */
  rolledUpTo(): number {
    return this.#number('rolled_up_to_seq');
  }

  setRolledUpTo(seq: number): void {
    this.#set.run('rolled_up_to_seq', seq);
  }

  /** The chain was read back and found whole up to this row. */
  verifiedTo(): number {
    return this.#number('verified_to_seq');
  }

  setVerifiedTo(seq: number): void {
    this.#set.run('verified_to_seq', seq);
  }

  /** All of the file was read and found whole at this instant. */
  scrubbedAtMs(): number {
    return this.#number('scrubbed_at_ms');
  }

  setScrubbedAtMs(atMs: number): void {
    this.#set.run('scrubbed_at_ms', atMs);
  }

  /** Rows that ended before this instant may be gone. */
  rawFromMs(): number {
    return this.#number('raw_from_ms');
  }

  setRawFromMs(atMs: number): void {
    this.#set.run('raw_from_ms', atMs);
  }

  #number(name: string): number {
    const value = this.#get.get(name);
    return typeof value === 'number' ? value : 0;
  }
}
