import type { ServerResponse } from 'node:http';

/** What can be made to wait: the upstream's socket. */
export interface Valve {
  pause(): void;
  resume(): void;
}

/**
 * Where the caller's bytes leave. Nothing is sent, not even the status line, before the first `write` or `release`;
 * bytes that are held wait for the books.
 */
export class Outlet {
  readonly #response: ServerResponse;
  readonly #stalledAfterMs: number;
  #status = 0;
  #headers: string[] = [];
  #held: Buffer[] = [];
  #heldBytes = 0;
  #valve: Valve | undefined;
  #stalled: NodeJS.Timeout | undefined;
  bytes = 0;

  constructor(response: ServerResponse, stalledAfterMs: number) {
    this.#response = response;
    this.#stalledAfterMs = stalledAfterMs;
  }

  /** `headers` as a flat list. They leave with the first bytes. */
  head(status: number, headers: string[], valve: Valve): void {
    this.#status = status;
    this.#headers = headers;
    this.#valve = valve;
  }

  /** True once the caller may have seen anything of this answer. */
  get started(): boolean {
    return this.#response.headersSent;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Lets the status line leave without waiting for the first bytes. */
  flushHead(): void {
    if (this.#response.headersSent || this.#response.destroyed || this.#status === 0) return;
    this.#sendHead();
    this.#response.flushHeaders();
  }

  write(chunk: Buffer): void {
    const response = this.#response;
    if (response.destroyed) return;
    if (!response.headersSent) this.#sendHead();
    this.bytes += chunk.length;
    if (!response.write(chunk)) this.#wait();
  }

  /** Said between two events, unless the caller has enough to take as it is. It is no part of the answer. */
  keepAlive(words: string): void {
    if (this.#response.destroyed || this.#stalled) return;
    this.#response.write(words);
  }

  hold(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
  }

  /** Lets go what is held; with `end`, finishes the answer in the same write. */
  release(end: boolean): void {
    const response = this.#response;
    if (response.destroyed) return;
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    if (!response.headersSent) this.#sendHead();
    const last = end ? held.pop() : undefined;
    for (const chunk of held) this.write(chunk);
    if (last) this.bytes += last.length;
    if (end) this.#end(last);
  }

  end(text?: string): void {
    if (this.#response.destroyed) return;
    if (!this.#response.headersSent) this.#sendHead();
    this.#end(text);
  }

  /** The caller sees the connection break: the one way to say that an answer is not whole. */
  destroy(): void {
    clearTimeout(this.#stalled);
    this.#response.destroy();
  }

  /** Stops waiting for the caller to take what was written: he has, or he is gone. */
  letGo(): void {
    if (!this.#stalled) return;
    clearTimeout(this.#stalled);
    this.#stalled = undefined;
    this.#valve?.resume();
  }

  #sendHead(): void {
    this.#response.writeHead(this.#status, this.#headers);
  }

  #end(last: Buffer | string | undefined): void {
    if (last === undefined) this.#response.end();
    else this.#response.end(last);
  }

  #wait(): void {
    if (this.#stalled) return;
    this.#valve?.pause();
    this.#stalled = setTimeout(() => {
      if (!this.#response.writableFinished) this.#response.destroy();
    }, this.#stalledAfterMs).unref();
    this.#response.once('drain', () => this.letGo());
  }
}
