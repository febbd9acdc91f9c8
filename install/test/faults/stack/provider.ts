import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One line of the provider's own bill: what it would charge for, whatever became of the answer. */
export interface BillLine {
  /** The number that the caller wrote into his request. */
  readonly rid: string;
  readonly atMs: number;
  readonly input: number;
  output: number;
  /** It wrote the answer to its end. */
  finished: boolean;
  readonly account: string;
  /** What was written by when: [instant, output so far]. */
  readonly pieces: (readonly [number, number])[];
}

export interface Ask {
  readonly rid: string;
  readonly stream: boolean;
  readonly maxTokens: number;
  readonly input: number;
  /** What the answer will cost. */
  readonly output: number;
  readonly account: string;
  readonly text: string;
}

/** Answers one request in its own way; true: it did, and billed what it had to. */
export type Behaviour = (ask: Ask, response: ServerResponse, bill: () => BillLine) => boolean | Promise<boolean>;

export interface Pace {
  /** Before an answer begins. */
  readonly thinkMs: number;
  /** Between the pieces of a stream. */
  readonly pieceMs: number;
}

const head = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' };
const event = (type: string, fields: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const outputOfPiece = 5;

/**
 * A provider that speaks Anthropic Messages and keeps its own bill. What a request costs follows from its text
 * `rid:<number> out:<tokens>`, so that the bill is known without asking anybody. Charges for what it has written, also
 * when nobody listens any more.
 */
export class Provider {
  readonly bill: BillLine[] = [];
  readonly pace: { thinkMs: number; pieceMs: number } = { thinkMs: 2, pieceMs: 3 };
  behave: Behaviour | undefined;
  open = 0;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<Provider> {
    const server = createServer({ keepAliveTimeout: 60_000 });
    const provider = new Provider(server);
    server.on('request', (request, response) => {
      provider.open += 1;
      response.on('close', () => {
        provider.open -= 1;
      });
      response.on('error', () => undefined);
      provider.#answer(request, response).catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const ask = readAsk(Buffer.concat(parts).toString(), String(request.headers['x-api-key'] ?? request.headers.authorization));
    // Counting is free.
    if (request.url?.includes('count_tokens'))
      return void response.writeHead(200, { 'content-type': 'application/json' }).end(`{"input_tokens":${ask.input}}`);
    const bill = () => this.#charge(ask);
    if (await this.behave?.(ask, response, bill)) return;
    if (this.pace.thinkMs > 0) await wait(this.pace.thinkMs);
    if (response.destroyed) return;
    if (ask.stream) await this.#stream(ask, response, bill());
    else this.#say(ask, response, bill());
  }

  #charge(ask: Ask): BillLine {
    const line = {
      rid: ask.rid,
      atMs: Date.now(),
      input: ask.input,
      output: 0,
      finished: false,
      account: ask.account,
      pieces: [] as [number, number][],
    };
    this.bill.push(line);
    return line;
  }

  #say(ask: Ask, response: ServerResponse, line: BillLine): void {
    line.output = ask.output;
    line.finished = true;
    const body = JSON.stringify(wholeAnswer(ask));
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'request-id': `up_${ask.rid}`,
    });
    response.end(body);
  }

  async #stream(ask: Ask, response: ServerResponse, line: BillLine): Promise<void> {
    response.writeHead(200, { ...head, 'request-id': `up_${ask.rid}` });
    response.write(streamStart(ask));
    while (line.output < ask.output) {
      if (response.destroyed) return;
      line.output = Math.min(ask.output, line.output + outputOfPiece);
      line.pieces.push([Date.now(), line.output]);
      response.write(streamText('twenty characters... '));
      if (this.pace.pieceMs > 0) await wait(this.pace.pieceMs);
    }
    if (response.destroyed) return;
    line.finished = true;
    response.end(streamEnd(ask.output));
  }
}

/** `rid:r12 out:40 …`: who asks, and what the answer will cost. */
function readAsk(body: string, account: string): Ask {
  const { stream = false, max_tokens: maxTokens = 0, messages } = parse(body);
  const text = String(messages?.[0]?.content ?? '');
  const asked = Number(/out:(\d+)/.exec(text)?.[1] ?? 20);
  return {
    rid: /rid:([\w-]+)/.exec(text)?.[1] ?? 'none',
    stream: stream === true,
    maxTokens: Number(maxTokens),
    input: inputOf(text),
    output: Math.min(asked, Number(maxTokens)),
    account,
    text,
  };
}

// biome-ignore lint/suspicious/noExplicitAny: whatever a node sends on
function parse(body: string): any {
  try {
    return JSON.parse(body);
  } catch {
    return {};
  }
}

/** What this provider counts for a text: four characters are a token. */
export function inputOf(text: string): number {
  return 4 + Math.ceil(text.length / 4);
}

const usageOf = (ask: Ask, output: number) => ({
  input_tokens: ask.input,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  output_tokens: output,
});

function wholeAnswer(ask: Ask): object {
  return {
    id: `msg_${ask.rid}`,
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content: [{ type: 'text', text: `answer to ${ask.rid}` }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: usageOf(ask, ask.output),
  };
}

export function streamStart(ask: Ask): string {
  const message = { ...wholeAnswer(ask), content: [], stop_reason: null, usage: usageOf(ask, 1) };
  return (
    event('message_start', { message }) + event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } })
  );
}

export function streamText(text: string): string {
  return event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } });
}

export function streamEnd(output: number): string {
  return (
    event('content_block_stop', { index: 0 }) +
    event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: output } }) +
    event('message_stop', {})
  );
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
