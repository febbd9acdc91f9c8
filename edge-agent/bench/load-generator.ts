import { connect, type Socket } from 'node:net';

export interface Load {
  readonly port: number;
  /** One whole request, head and body. */
  readonly request: Buffer;
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second; null: as fast as answers come. */
  readonly rate: number | null;
}

export interface Measured {
  readonly requestsPerSecond: number;
  /** To the first byte of an answer. */
  readonly firstP50Ms: number;
  readonly firstP99Ms: number;
  /** To its last. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly errors: number;
}

const headEnd = Buffer.from('\r\n\r\n');
const chunkedEnd = Buffer.from('\r\n0\r\n\r\n');

/** One keep-alive connection that sends a request, waits for the whole answer and says how long it took. */
class Line {
  readonly #socket: Socket;
  readonly #request: Buffer;
  readonly #onAnswer: (line: Line, tookMs: number, ok: boolean, firstMs: number) => void;
  #sentAt = 0;
  #firstMs = 0;
  #left = -1;
  #tail = Buffer.alloc(0);
  #ok = false;

  constructor(load: Load, onAnswer: (line: Line, tookMs: number, ok: boolean, firstMs: number) => void) {
    this.#request = load.request;
    this.#onAnswer = onAnswer;
    this.#socket = connect({ port: load.port, host: '127.0.0.1', noDelay: true });
    this.#socket.on('data', (part) => this.#read(part));
    this.#socket.on('error', () => onAnswer(this, 0, false, 0));
  }

  send(dueAt = performance.now()): void {
    this.#sentAt = dueAt;
    this.#left = -1;
    this.#tail = Buffer.alloc(0);
    this.#socket.write(this.#request);
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(part: Buffer): void {
    if (this.#left === -1) {
      this.#firstMs = performance.now() - this.#sentAt;
      const at = part.indexOf(headEnd);
      if (at < 0) return;
      const head = part.toString('latin1', 0, at).toLowerCase();
      this.#ok = head.startsWith('http/1.1 200');
      const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
      this.#left = length === undefined ? -2 : Number(length) - (part.length - at - headEnd.length);
    } else if (this.#left >= 0) this.#left -= part.length;
    if (this.#left === -2) {
      this.#tail = Buffer.concat([this.#tail, part]).subarray(-chunkedEnd.length);
      if (this.#tail.equals(chunkedEnd)) this.#left = 0;
    }
    if (this.#left === 0) this.#onAnswer(this, performance.now() - this.#sentAt, this.#ok, this.#firstMs);
  }
}

/** Runs one load to its end. */
export async function generate(load: Load): Promise<Measured> {
  const times: number[] = [];
  const firsts: number[] = [];
  let errors = 0;
  let open = true;
  const idle: Line[] = [];
  const lines = Array.from({ length: load.connections }, () => new Line(load, onAnswer));
  function onAnswer(line: Line, tookMs: number, ok: boolean, firstMs: number) {
    if (ok) {
      times.push(tookMs);
      firsts.push(firstMs);
    } else errors += 1;
    if (load.rate !== null) idle.push(line);
    else if (open) line.send();
  }
  const startedAt = performance.now();
  if (load.rate === null) for (const line of lines) line.send();
  else {
    idle.push(...lines);
    await pace(load.rate, load.seconds, startedAt, idle);
  }
  await new Promise((resolve) => setTimeout(resolve, Math.max(1, load.seconds * 1000 - (performance.now() - startedAt))));
  open = false;
  const elapsedS = (performance.now() - startedAt) / 1000;
  for (const line of lines) line.close();
  const at = (of: readonly number[], share: number) => of[Math.min(of.length - 1, Math.floor(of.length * share))] ?? Number.NaN;
  for (const list of [times, firsts]) list.sort((a, b) => a - b);
  return {
    requestsPerSecond: times.length / elapsedS,
    firstP50Ms: at(firsts, 0.5),
    firstP99Ms: at(firsts, 0.99),
    p50Ms: at(times, 0.5),
    p99Ms: at(times, 0.99),
    errors,
  };
}

/**
 * Sends at an even rate whatever the answers do, once a millisecond what is due, so that it leaves the cores to those it
 * measures. A request that finds no idle line waits, and its wait counts.
 */
async function pace(rate: number, seconds: number, startedAt: number, idle: Line[]): Promise<void> {
  let isLate = false;
  for (let due = 0; due < rate * seconds; ) {
    const now = performance.now();
    if (now - startedAt > seconds * 1000) return;
    while (due < rate * seconds && (due * 1000) / rate <= now - startedAt && idle.length > 0) {
      idle.pop()?.send(isLate ? startedAt + (due * 1000) / rate : now);
      due += 1;
    }
    isLate = idle.length === 0;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

if (process.send) {
  process.on('message', async (load: Omit<Load, 'request'> & { request: string }) => {
    process.send?.(await generate({ ...load, request: Buffer.from(load.request) }));
  });
}
