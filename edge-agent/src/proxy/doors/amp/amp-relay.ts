import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { callerHeaders } from '../../../upstreams/response-headers.ts';

/** How a call ended: the status of the answer, or what kept it from being one. */
export interface AmpEnd {
  readonly httpStatus: number | null;
  readonly bytes: number;
  readonly error: Error | undefined;
}

/** Passes an answer of Amp's servers to the caller as it comes, no faster than he takes it. */
export class AmpRelay implements Dispatcher.DispatchHandler {
  readonly #response: ServerResponse;
  readonly #requestId: string;
  readonly #done: (end: AmpEnd) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #cut: Error | undefined;
  #httpStatus: number | null = null;
  #bytes = 0;

  constructor(response: ServerResponse, requestId: string, done: (end: AmpEnd) => void) {
    this.#response = response;
    this.#requestId = requestId;
    this.#done = done;
  }

  /** The caller left, or waited long enough. */
  cut(error: Error): void {
    this.#cut ??= error;
    this.#controller?.abort(error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#cut) controller.abort(this.#cut);
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    if (status >= 300 && status < 400 && status !== 304) {
      this.cut(new Error('redirected'));
      return;
    }
    this.#httpStatus = status;
    const out = callerHeaders(headers);
    const length = headers['content-length'];
    if (length !== undefined) out.push('content-length', length);
    out.push('x-carpool-request-id', this.#requestId);
    this.#response.writeHead(status, out);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#response.destroyed || this.#response.write(chunk)) return;
    controller.pause();
    this.#response.once('drain', () => controller.resume());
  }

  onResponseEnd(): void {
    this.#response.end();
    this.#end(undefined);
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#response.headersSent) this.#response.destroy();
    this.#end(this.#cut ?? error);
  }

  #end(error: Error | undefined): void {
    this.#done({ httpStatus: this.#httpStatus, bytes: this.#bytes, error });
  }
}
