import { type ChainPoint, chainHex, type Meta } from '../store/meta.ts';
import type { Db } from '../store/open-database.ts';
import { chainPoint } from '../store/verify-tail.ts';
import type { SettlingCommand, Standing } from './settling-command.ts';
import type { SliceStore } from './slice-store.ts';

/** Survives only a crash of the process: what is lost of it is told again. */
const lazy = new Set<SettlingCommand['name']>(['keep-windows', 'keep-grants', 'forget-windows', 'look', 'move', 'scrubbed']);

/** Must its commit survive a power cut? */
export function needsDisk({ name }: SettlingCommand): boolean {
  return !lazy.has(name);
}

/** The writer's side of settlement. */
export class SettlingDesk {
  readonly #db: Db;
  readonly #meta: Meta;
  readonly #slices: SliceStore;
  readonly #body;

  constructor(db: Db, meta: Meta, slices: SliceStore) {
    this.#db = db;
    this.#meta = meta;
    this.#slices = slices;
    this.#body = db.prepare<[], string>('SELECT body FROM edge_batch').pluck();
  }

  /** All of a command in one transaction. Throws RangeError for a command that contradicts the books. */
  run(command: Exclude<SettlingCommand, { name: 'look' | 'condemn' }>): void {
    this.#db.transaction(() => this.#run(command))();
  }

  standing(head: ChainPoint, look: { readonly knownTo: number; readonly withSettled: boolean }): Standing {
    const base = this.#meta.base();
    const acked = this.#meta.acked();
    const body = this.#body.get() ?? null;
    const to = body === null ? 0 : toOf(body);
    return {
      base: { seq: base.seq, chain: chainHex(base) },
      acked: { seq: acked.seq, chain: chainHex(acked) },
      headSeq: head.seq,
      frozen: body === null ? null : { to, body: to === look.knownTo ? null : body },
      settled: look.withSettled ? this.#slices.settled() : null,
    };
  }

  #run(command: Exclude<SettlingCommand, { name: 'look' | 'condemn' }>): void {
    const slices = this.#slices;
    if (command.name === 'keep-windows') slices.keep(command.windows);
    else if (command.name === 'keep-grants') slices.grant(command.grants);
    else if (command.name === 'keep-returns') slices.giveBack(command.returns);
    else if (command.name === 'forget-windows') slices.forget(command.wins, command.nowMs);
    else if (command.name === 'scrubbed') this.#meta.setScrubbedAtMs(command.atMs);
    else if (command.name === 'freeze') this.#freeze(command.after, command.body);
    else this.#move(command.from, command.seq, command.charged);
  }

  #freeze(after: number, body: string): void {
    if (this.#meta.acked().seq !== after) throw new RangeError(`a batch behind row ${after} is not the next one`);
    this.#db.prepare('INSERT INTO edge_batch VALUES (1, ?)').run(body);
  }

  #move(from: number, seq: number, charged: readonly (readonly [number, number])[]): void {
    if (this.#meta.acked().seq !== from) throw new RangeError(`row ${from} is not the last that is settled`);
    this.#slices.settle(charged);
    const base = this.#meta.base();
    this.#meta.setAcked(seq === base.seq ? base : chainPoint(this.#db, seq));
    this.#db.exec('DELETE FROM edge_batch');
  }
}

/** `to` of a batch without reading all of it: it is the second member. */
function toOf(body: string): number {
  return Number(/^\{"from":\d+,"to":(\d+)/.exec(body)?.[1]);
}
