import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Keyring } from '../../../kernel/secrets/seal.ts';

/** Whose budget a window is, whatever number it has. */
export interface Account {
  readonly quotaId: string;
  readonly subject: string;
  readonly startsAtMs: number | null;
  readonly endsAtMs: number | null;
}

interface Granted {
  readonly win: number;
  readonly book: string;
  readonly granted: number;
  /** Of the database that granted. */
  readonly epoch: string;
}

const separator = '|';
const maxWritten = 50_000;

/**
 * Proofs that the centre granted: a database that was restored to an earlier time knows its own grants again by them,
 * and windows that it lost. A receipt says whose window it is, with a MAC over that, the book, the sum and the epoch.
 */
export class Receipts {
  readonly #key: KeyObject;
  /** The newest of each slice: most answers repeat it. */
  readonly #written = new Map<string, { readonly granted: number; readonly epoch: string; readonly text: string }>();

  constructor(keyring: Pick<Keyring, 'derive'>) {
    this.#key = createSecretKey(keyring.derive('quota receipts'));
  }

  write(account: Account, granted: Granted): string {
    const slice = `${granted.win} ${granted.book}`;
    const known = this.#written.get(slice);
    if (known && known.granted === granted.granted && known.epoch === granted.epoch) return known.text;
    const text = this.#textOf(account, granted);
    if (this.#written.size >= maxWritten) this.#written.clear();
    this.#written.set(slice, { granted: granted.granted, epoch: granted.epoch, text });
    return text;
  }

  #textOf(account: Account, granted: Granted): string {
    const place = [account.quotaId, account.subject, textOf(account.startsAtMs), textOf(account.endsAtMs)].join(separator);
    return `${place}${separator}${this.#macOf(place, granted)}`;
  }

  /** The account that a receipt speaks of; undefined when it does not prove exactly this grant. */
  read(receipt: string, granted: Granted): Account | undefined {
    const parts = receipt.split(separator);
    const [quotaId, subject, startsAt, endsAt, mac] = parts;
    if (parts.length !== 5 || !quotaId || subject === undefined || startsAt === undefined || endsAt === undefined || !mac)
      return undefined;
    const expected = Buffer.from(this.#macOf(parts.slice(0, 4).join(separator), granted));
    const given = Buffer.from(mac);
    if (expected.byteLength !== given.byteLength || !timingSafeEqual(expected, given)) return undefined;
    return { quotaId, subject, startsAtMs: msOf(startsAt), endsAtMs: msOf(endsAt) };
  }

  #macOf(place: string, { win, book, granted, epoch }: Granted): string {
    const text = [place, win, book, granted, epoch].join(separator);
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }
}

function textOf(ms: number | null): string {
  return ms === null ? '' : ms.toString(36);
}

function msOf(text: string): number | null {
  return text === '' ? null : Number.parseInt(text, 36);
}
