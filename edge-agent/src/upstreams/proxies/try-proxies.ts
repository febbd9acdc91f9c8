import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';
import { ProxyFailed, ProxyNone } from './proxy-failed.ts';
import type { ProxyLine } from './proxy-line.ts';

export interface Rider {
  readonly groupId: string;
  readonly userId: string;
}

/** Told of everything that proves something about a proxy. */
export interface Witness {
  began(line: ProxyLine, rider: Rider): void;
  failed(line: ProxyLine, rider: Rider, error: Error): void;
  broke(line: ProxyLine, rider: Rider): void;
  connected(line: ProxyLine, rider: Rider): void;
}

export interface Ways {
  readonly lines: readonly ProxyLine[];
  /** Undefined: a request never leaves but through a proxy. */
  readonly direct: Dispatcher | undefined;
  readonly fresh: boolean;
  readonly rider: Rider;
}

/**
 * One request through the first proxy that lets it through. Where no connection comes about, not a byte was sent, so
 * the next proxy may have it. A proxy that says the far end is away is believed, unless the next one gets there.
 */
export class TryProxies implements Dispatcher.DispatchHandler {
  readonly #ways: Ways;
  readonly #witness: Witness;
  readonly #options: Dispatcher.DispatchOptions;
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #suspects: { readonly line: ProxyLine; readonly error: Error }[] = [];
  #at = -1;
  #line: ProxyLine | undefined;
  #started = false;
  #error: Error = new ProxyNone();

  constructor(ways: Ways, witness: Witness, options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler) {
    this.#ways = ways;
    this.#witness = witness;
    this.#options = options;
    this.#handler = handler;
  }

  next(): void {
    const { lines, direct, fresh, rider } = this.#ways;
    // Others may have filled it since it was chosen.
    do this.#at += 1;
    while (lines[this.#at]?.isFull);
    const line = lines[this.#at];
    this.#line = line;
    if (line) {
      line.active += 1;
      this.#witness.began(line, rider);
      line.dispatch(this.#options, this, fresh);
    } else if (direct && this.#at === lines.length) direct.dispatch(this.#options, this);
    else this.#handler.onResponseError?.(nobody, this.#error);
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#started = true;
    if (this.#line) {
      for (const { line, error } of this.#suspects) this.#witness.failed(line, this.#ways.rider, error);
      this.#witness.connected(this.#line, this.#ways.rider);
    }
    this.#handler.onRequestStart?.(controller, context);
  }

  onRequestUpgrade(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
    socket: Duplex,
  ): void {
    const line = this.#line;
    this.#line = undefined;
    if (line) socket.once('close', () => leave(line));
    this.#handler.onRequestUpgrade?.(controller, status, headers, socket);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders, text?: string): void {
    this.#handler.onResponseStart?.(controller, status, headers, text);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#handler.onResponseData?.(controller, chunk);
  }

  onResponseEnd(controller: Dispatcher.DispatchController, trailers: IncomingHttpHeaders): void {
    this.#leave();
    this.#handler.onResponseEnd?.(controller, trailers);
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    const line = this.#line;
    this.#leave();
    if (!line) this.#handler.onResponseError?.(controller, error);
    else if (this.#started) {
      if (!controller?.aborted) this.#witness.broke(line, this.#ways.rider);
      this.#handler.onResponseError?.(controller, error);
    } else {
      this.#judge(line, error);
      this.next();
    }
  }

  #judge(line: ProxyLine, error: Error): void {
    const blame = error instanceof ProxyFailed ? error.blame : 'target';
    if (blame === 'target') this.#suspects.push({ line, error });
    else this.#witness.failed(line, this.#ways.rider, error);
    this.#error = blame === 'target' || blame === 'here' ? error : new ProxyNone();
  }

  #leave(): void {
    if (this.#line) leave(this.#line);
    this.#line = undefined;
  }
}

function leave(line: ProxyLine): void {
  line.active -= 1;
}

/** What a handler is given where there is no request to pause or abort. */
const nobody: Dispatcher.DispatchController = {
  aborted: false,
  paused: false,
  reason: null,
  abort: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
};
