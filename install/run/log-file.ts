import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const limitBytes = 16 * 1024 * 1024;

/** What a program says, kept in a file of at most 16 MiB and the one before it (`.1`). */
export class LogFile {
  readonly #path: string;
  #descriptor: number;
  #sizeBytes: number;

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.#path = path;
    this.#descriptor = openSync(path, 'a', 0o600);
    this.#sizeBytes = statSync(path).size;
  }

  write(chunk: Buffer): void {
    if (this.#sizeBytes + chunk.length > limitBytes) this.#turnOver();
    writeSync(this.#descriptor, chunk);
    this.#sizeBytes += chunk.length;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #turnOver(): void {
    closeSync(this.#descriptor);
    renameSync(this.#path, `${this.#path}.1`);
    this.#descriptor = openSync(this.#path, 'a', 0o600);
    this.#sizeBytes = 0;
  }
}
