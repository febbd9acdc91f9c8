/** Sleeps that end early: at `stop`, or when somebody wakes them. */
export class Pause {
  #wake: (() => void) | undefined;
  #woken = false;

  /** Resolves after `ms`, at once when it was woken since the last sleep, or when `signal` aborts. */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    if (!this.#woken) {
      await new Promise<void>((resolve) => {
        const done = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          this.#wake = undefined;
          resolve();
        };
        const timer = setTimeout(done, ms);
        signal.addEventListener('abort', done, { once: true });
        this.#wake = done;
      });
    }
    this.#woken = false;
  }

  wake(): void {
    this.#woken = true;
    this.#wake?.();
  }
}
