import type { ServerResponse } from 'node:http';
import type { Load } from './load.ts';

/** The caller's end of the line: knows when he has hung up before his answer was finished. */
export class ClientLink {
  gone = false;
  #listener: (() => void) | undefined;

  constructor(response: ServerResponse, load: Load) {
    load.answers += 1;
    response.on('error', ignore);
    response.on('close', () => {
      load.answers -= 1;
      if (response.writableFinished) return;
      this.gone = true;
      this.#listener?.();
    });
  }

  /** One listener at a time: whoever works for the caller just now. Called at most once. */
  whenGone(listener: (() => void) | undefined): void {
    this.#listener = listener;
  }
}

/** A write after the caller hung up raises `error`; `close` has said it already. */
function ignore(): void {}
