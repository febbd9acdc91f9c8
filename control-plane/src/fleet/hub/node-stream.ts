import type { NodeEvent, Probe, StatsQuestion } from '@aicarpool/shared-protocol';

const maxWaiting = 64;
const pingEveryMs = 15_000;

/**
 * The events of one node on their way out, as server-sent events. What waits is bounded: pokes collapse into the newest,
 * and a reader that lets 64 questions or two pings pile up is cut off; it comes back and asks for what it missed.
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
    const text = poke + this.#waiting.join('') + (this.#pingWaits ? ': ping\n\n' : '');
    this.#pokeHead = undefined;
    this.#waiting = [];
    this.#pingWaits = false;
    return text;
  }
}

function eventText(event: NodeEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
