import type { NodeEvent, Probe, StatsQuestion } from '@aicarpool/shared-protocol';

const maxWaiting = 64;
const maxWins = 1000;
const pingEveryMs = 15_000;

/**
 * The events of one node on their way out, as server-sent events. What waits is bounded: pokes collapse into the newest,
 * recalls into one of 1,000 windows, and a reader that lets 64 questions or two pings pile up is cut off; it comes back and asks for what it missed.
 */
export class NodeStream {
  readonly id: string = crypto.randomUUID();
  readonly nodeId: string;
  readonly sessionNo: number;
  readonly body: ReadableStream<Uint8Array>;
  readonly #onClose: (stream: NodeStream) => void;
  readonly #pinging: NodeJS.Timeout;
  readonly #encoder = new TextEncoder();
  #waiting: string[] = [];
  #pokeHead: number | undefined;
  readonly #recalled = new Set<number>();
  #pingWaits = false;
  #ended = false;
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(nodeId: string, sessionNo: number, onClose: (stream: NodeStream) => void) {
    this.nodeId = nodeId;
    this.sessionNo = sessionNo;
    this.#onClose = onClose;
    this.#pinging = setInterval(() => this.#ping(), pingEveryMs);
    this.#pinging.unref();
    this.body = new ReadableStream(
      { pull: (controller) => this.#pull(controller), cancel: () => this.close() },
      { highWaterMark: 0 },
    );
  }

  /** Tells the node that there is a newer version. */
  poke(head: number): void {
    if (this.#ended) return;
    this.#pokeHead = Math.max(head, this.#pokeHead ?? 0);
    this.#wake?.();
  }

  /** Asks for rights of these windows. What does not fit is said in the next answer to the node's books. */
  recall(wins: readonly number[]): void {
    if (this.#ended) return;
    for (const win of wins) if (this.#recalled.size < maxWins) this.#recalled.add(win);
    this.#wake?.();
  }

  ask(question: StatsQuestion): void {
    this.#push(eventText({ type: 'query', question }));
  }

  probe(probe: Probe): void {
    this.#push(eventText({ type: 'probe', probe }));
  }

  /** Says that a newer session is open, and ends once that was read. */
  fence(): void {
    this.#push(
      eventText({ type: 'fenced', message: 'a newer session of this node is open: close this stream and stop calling' }),
    );
    this.end();
  }

  /** No more events; those that wait still go out. */
  end(): void {
    this.#ended = true;
    clearInterval(this.#pinging);
    this.#wake?.();
  }

  /** Ends at once and drops what waits. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting = [];
    this.#pokeHead = undefined;
    this.#recalled.clear();
    this.#pingWaits = false;
    this.end();
    this.#onClose(this);
  }

  #push(text: string): void {
    if (this.#ended) return;
    if (this.#waiting.length >= maxWaiting) this.close();
    else {
      this.#waiting.push(text);
      this.#wake?.();
    }
  }

  #ping(): void {
    if (this.#pingWaits) this.close();
    else {
      this.#pingWaits = true;
      this.#wake?.();
    }
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    for (;;) {
      const text = this.#takeWaiting();
      if (text !== '') return controller.enqueue(this.#encoder.encode(text));
      if (this.#ended) {
        controller.close();
        return this.close();
      }
      const woken = Promise.withResolvers<void>();
      this.#wake = woken.resolve;
      await woken.promise;
    }
  }

  #takeWaiting(): string {
    const poke = this.#pokeHead === undefined ? '' : eventText({ type: 'poke', head: this.#pokeHead });
    const recall = this.#recalled.size === 0 ? '' : eventText({ type: 'recall', wins: [...this.#recalled] });
    const text = poke + recall + this.#waiting.join('') + (this.#pingWaits ? ': ping\n\n' : '');
    this.#pokeHead = undefined;
    this.#recalled.clear();
    this.#waiting = [];
    this.#pingWaits = false;
    return text;
  }
}

function eventText(event: NodeEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
