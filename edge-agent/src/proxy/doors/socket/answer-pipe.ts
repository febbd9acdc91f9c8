import { Socket } from 'node:net';

/** Who gets the answer of a request that came over no connection of its own. */
export interface AnswerSink {
  onHead(status: number, headers: ReadonlyMap<string, string>): void;
  /** `taken`: the next piece may come. */
  onBody(bytes: Buffer, taken: () => void): void;
}

const headEnd = '\r\n\r\n';
const noBytes = Buffer.alloc(0);

/** The near end of a line that does not exist: what a `ServerResponse` writes to it arrives at the sink. */
export class AnswerPipe extends Socket {
  readonly #sink: AnswerSink;
  #head: Buffer | undefined = noBytes;

  constructor(remoteAddress: string | undefined, sink: AnswerSink) {
    super();
    this.#sink = sink;
    Object.defineProperty(this, 'remoteAddress', { value: remoteAddress });
    this.on('error', () => undefined);
  }

  override _read(): void {}

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: () => void): void {
    this.#take(typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk, done);
  }

  override _writev(chunks: { chunk: Buffer | string; encoding: BufferEncoding }[], done: () => void): void {
    const parts = chunks.map(({ chunk, encoding }) => (typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk));
    this.#take(Buffer.concat(parts), done);
  }

  #take(bytes: Buffer, done: () => void): void {
    const body = this.#head === undefined ? bytes : this.#takeHead(Buffer.concat([this.#head, bytes]));
    if (body.length > 0) this.#sink.onBody(body, done);
    else done();
  }

  /** What of `seen` stands behind the head; nothing while the head is not whole. */
  #takeHead(seen: Buffer): Buffer {
    const end = seen.indexOf(headEnd);
    this.#head = end === -1 ? seen : undefined;
    if (end === -1) return noBytes;
    const [first = '', ...lines] = seen.toString('latin1', 0, end).split('\r\n');
    const headers = new Map<string, string>();
    for (const line of lines) {
      const colon = line.indexOf(':');
      headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
    }
    this.#sink.onHead(Number(first.slice(9, 12)), headers);
    return seen.subarray(end + headEnd.length);
  }
}
