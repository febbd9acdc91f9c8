import { createHash } from 'node:crypto';
import { closeSync, existsSync, fdatasyncSync, fstatSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A final row that could not be put into the tables: numbered and chained as if it were there. */
export interface SpilledRow {
  readonly seq: number;
  readonly chain: Buffer;
  readonly text: string;
}

const headBytes = 4 + 32;

export function emergencyPath(dataDir: string): string {
  return join(dataDir, 'emergency.log');
}

/**
 * The second net for a full disk: its room was taken beforehand, so that a write into it needs none. A frame is the
 * length of its payload (32 bits, big-endian), the SHA-256 of the payload, and the payload: `[incarnation, seq, chain, row]`
 * as JSON. Frames follow each other from the beginning; what follows the last whole one in sequence is rubbish.
 */
export class EmergencyLog {
  readonly #path: string;
  readonly #incarnation: string;
  #atByte = 0;

  constructor(dataDir: string, incarnation: string) {
    this.#path = emergencyPath(dataDir);
    this.#incarnation = incarnation;
  }

  /**
   * True once the rows survive a power cut; false when there is no file, it is full, or the disk has no room even for
   * what was taken, as where it never writes in place. Throws when the disk fails.
   */
  append(rows: readonly SpilledRow[]): boolean {
    if (!existsSync(this.#path)) return false;
    const bytes = Buffer.concat(rows.map((row) => this.#frame(row)));
    const file = openSync(this.#path, 'r+');
    try {
      if (this.#atByte + bytes.length > fstatSync(file).size) return false;
      if (writeSync(file, bytes, 0, bytes.length, this.#atByte) < bytes.length) return false;
      fdatasyncSync(file);
    } catch (error) {
      if (isNoRoom(error)) return false;
      throw error;
    } finally {
      closeSync(file);
    }
    this.#atByte += bytes.length;
    return true;
  }

  /** All of it is in the tables: the next frame is the first. */
  reset(): void {
    this.#atByte = 0;
  }

  /** The rows of these books behind `afterSeq`, in order. */
  read(afterSeq: number): SpilledRow[] {
    if (!existsSync(this.#path)) return [];
    const bytes = readFileSync(this.#path);
    const rows: SpilledRow[] = [];
    let previous: number | undefined;
    for (let at = 0; at + headBytes <= bytes.length; ) {
      const end = at + headBytes + bytes.readUInt32BE(at);
      const payload = bytes.subarray(at + headBytes, end);
      if (end > bytes.length || !hashOf(payload).equals(bytes.subarray(at + 4, at + headBytes))) break;
      const [incarnation, seq, chain, text]: [string, number, string, string] = JSON.parse(payload.toString());
      if (incarnation !== this.#incarnation || (previous !== undefined && seq !== previous + 1)) break;
      if (seq > afterSeq) rows.push({ seq, chain: Buffer.from(chain, 'hex'), text });
      previous = seq;
      at = end;
    }
    return rows;
  }

  #frame({ seq, chain, text }: SpilledRow): Buffer {
    const payload = Buffer.from(JSON.stringify([this.#incarnation, seq, chain.toString('hex'), text]));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(payload.length);
    return Buffer.concat([length, hashOf(payload), payload]);
  }
}

function isNoRoom(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC';
}

function hashOf(payload: Buffer): Buffer {
  return createHash('sha256').update(payload).digest();
}
