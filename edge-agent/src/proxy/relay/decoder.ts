import type { Transform } from 'node:stream';
import { createBrotliDecompress, createInflate, createUnzip, createZstdDecompress } from 'node:zlib';

const decodedBytesAtMost = 256 * 1024 * 1024;

/** Decodes an answer piece by piece for the meter. Stops looking, without a word, at rubbish and at bombs. */
export class Decoder {
  readonly #stream: Transform;
  readonly #show: (decoded: Buffer) => boolean;
  #bytes = 0;
  #terminal = false;
  #waiting: (() => void) | undefined;
  failed = false;

  /** Undefined for an encoding that is not known. `show` says whether the terminal event was in what it saw. */
  static open(encoding: string, show: (decoded: Buffer) => boolean): Decoder | undefined {
    const stream = decoderOf(encoding.trim().toLowerCase());
    return stream && new Decoder(stream, show);
  }

  private constructor(stream: Transform, show: (decoded: Buffer) => boolean) {
    this.#stream = stream;
    this.#show = show;
    stream.on('data', (decoded: Buffer) => this.#look(decoded));
    stream.on('error', () => this.#fail());
  }

  /** `then` is called once what `chunk` holds has been shown, with true once the terminal event has passed. */
  push(chunk: Buffer, then: (terminal: boolean) => void): void {
    if (this.failed) {
      then(this.#terminal);
      return;
    }
    const next = () => {
      if (this.#waiting !== next) return;
      this.#waiting = undefined;
      then(this.#terminal);
    };
    this.#waiting = next;
    this.#stream.write(chunk, next);
  }

  close(): void {
    this.#stream.destroy();
  }

  #look(decoded: Buffer): void {
    this.#bytes += decoded.length;
    if (this.#bytes > decodedBytesAtMost) this.#fail();
    else if (this.#show(decoded)) this.#terminal = true;
  }

  #fail(): void {
    this.failed = true;
    this.#stream.destroy();
    this.#waiting?.();
  }
}

function decoderOf(encoding: string): Transform | undefined {
  if (encoding === 'gzip' || encoding === 'x-gzip') return createUnzip();
  if (encoding === 'deflate') return createInflate();
  if (encoding === 'br') return createBrotliDecompress();
  return encoding === 'zstd' ? createZstdDecompress() : undefined;
}
