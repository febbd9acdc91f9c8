import type { Transform } from 'node:stream';
import { createBrotliDecompress, createInflate, createInflateRaw, createUnzip, createZstdDecompress } from 'node:zlib';

const decodedBytesAtMost = 256 * 1024 * 1024;

/** Decodes an answer piece by piece for the meter. Stops looking, without a word, at rubbish and at bombs. */
export class Decoder {
  readonly #make: MakeStream;
  #stream: Transform | undefined;
  readonly #show: (decoded: Buffer) => boolean;
  #bytes = 0;
  #terminal = false;
  #waiting: (() => void) | undefined;
  failed = false;

  /** Undefined for an encoding that is not known. `show` says whether the terminal event was in what it saw. */
  static open(encoding: string, show: (decoded: Buffer) => boolean): Decoder | undefined {
    const make = decoders.get(encoding.trim().toLowerCase());
    return make && new Decoder(make, show);
  }

  private constructor(make: MakeStream, show: (decoded: Buffer) => boolean) {
    this.#make = make;
    this.#show = show;
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
    this.#stream ??= this.#begin(chunk[0] ?? 0);
    this.#stream.write(chunk, next);
  }

  close(): void {
    this.#stream?.destroy();
  }

  #begin(firstByte: number): Transform {
    const stream = this.#make(firstByte);
    stream.on('data', (decoded: Buffer) => this.#look(decoded));
    stream.on('error', () => this.#fail());
    return stream;
  }

  #look(decoded: Buffer): void {
    this.#bytes += decoded.length;
    if (this.#bytes > decodedBytesAtMost) this.#fail();
    else if (this.#show(decoded)) this.#terminal = true;
  }

  #fail(): void {
    this.failed = true;
    this.#stream?.destroy();
    this.#waiting?.();
  }
}

type MakeStream = (firstByte: number) => Transform;

/** Some servers send `deflate` without its zlib wrapper, whose first byte always ends in 8. */
const inflate: MakeStream = (firstByte) => ((firstByte & 0x0f) === 8 ? createInflate() : createInflateRaw());

const decoders: ReadonlyMap<string, MakeStream> = new Map<string, MakeStream>([
  ['gzip', () => createUnzip()],
  ['x-gzip', () => createUnzip()],
  ['deflate', inflate],
  ['br', () => createBrotliDecompress()],
  ['zstd', () => createZstdDecompress()],
]);
