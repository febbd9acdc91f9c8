import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { canaries } from './canaries.ts';

/** What one caller saw of one request. */
export interface ClientLine {
  readonly rid: string;
  readonly node: string;
  readonly sentAtMs: number;
  endedAtMs: number;
  status: number;
  /** As the node calls this request in its books; null: no head of an answer arrived. */
  requestId: string | null;
  /** The whole answer was there: a JSON document, or the last event of a stream. */
  sawEnd: boolean;
  input: number;
  output: number;
  /** Of a refusal, or of a broken connection. */
  code: string | null;
  retryAfter: string | null;
  body: string;
}

export interface CallerOptions {
  /** Where the next request goes; none: it waits until there is one. */
  readonly nodes: () => readonly string[];
  readonly key: () => string;
  /** A number made anew for every request, so that no two requests of a run are alike. */
  readonly nextRid: () => string;
  readonly random: () => number;
  readonly callers: number;
  /** Between two requests of one caller. */
  readonly restMs: number;
  readonly streams: number;
  readonly output: (random: () => number) => number;
  readonly maxTokens?: number;
  readonly timeoutMs?: number;
  /** Added to every text. */
  readonly text?: string;
}

/** Callers that ask again and again, and write down what they saw. */
export class Callers {
  readonly log: ClientLine[] = [];
  readonly #options: CallerOptions;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 512 });
  #running = true;
  readonly #all: Promise<void>[];

  constructor(options: CallerOptions) {
    this.#options = options;
    this.#all = Array.from({ length: options.callers }, () => this.#go());
  }

  get ended(): number {
    return this.log.filter((line) => line.sawEnd).length;
  }

  get refused(): readonly ClientLine[] {
    return this.log.filter((line) => line.status >= 400);
  }

  get broken(): readonly ClientLine[] {
    return this.log.filter((line) => line.endedAtMs > 0 && !line.sawEnd && line.status < 400);
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#all);
    this.#agent.destroy();
  }

  async #go(): Promise<void> {
    const { nodes, key, nextRid, random, restMs, streams, output, maxTokens = 64, timeoutMs = 30_000, text = '' } = this.#options;
    while (this.#running) {
      const all = nodes();
      const node = all[Math.floor(random() * all.length)];
      if (node === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        continue;
      }
      const line = await askOnce({
        node,
        key: key(),
        rid: nextRid(),
        stream: random() < streams,
        output: output(random),
        maxTokens,
        timeoutMs,
        text,
        agent: this.#agent,
        log: this.log,
      });
      const rest = line.sawEnd ? restMs : Math.max(restMs, 20);
      if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest * (0.5 + random())));
    }
  }
}

export interface OneAsk {
  readonly node: string;
  readonly key: string;
  readonly rid: string;
  readonly stream?: boolean;
  readonly output?: number;
  readonly maxTokens?: number;
  readonly timeoutMs?: number;
  readonly agent?: Agent;
  readonly log?: ClientLine[];
  /** Added to the text. */
  readonly text?: string;
  /** Looks at the answer as it grows; true: hang up. */
  readonly leave?: (soFar: string) => boolean;
}

/** One request. Never rejects: what went wrong is in the line. */
export function askOnce(ask: OneAsk): Promise<ClientLine> {
  const line: ClientLine = {
    rid: ask.rid,
    node: ask.node,
    sentAtMs: Date.now(),
    endedAtMs: 0,
    status: 0,
    requestId: null,
    sawEnd: false,
    input: 0,
    output: 0,
    code: null,
    retryAfter: null,
    body: '',
  };
  ask.log?.push(line);
  const body = JSON.stringify({
    model: 'claude-sonnet-4-5',
    max_tokens: ask.maxTokens ?? 64,
    stream: ask.stream ?? false,
    messages: [{ role: 'user', content: `rid:${ask.rid} out:${ask.output ?? 20} ${canaries.body} ${ask.text ?? ''}` }],
  });
  return new Promise((resolve) => {
    const done = (code: string | null) => {
      if (line.endedAtMs > 0) return;
      line.endedAtMs = Date.now();
      line.code ??= code;
      clearTimeout(timer);
      resolve(line);
    };
    const request = httpRequest(`${ask.node}/v1/messages`, {
      method: 'POST',
      headers: {
        'x-api-key': ask.key,
        'anthropic-version': '2023-06-01',
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      },
      ...(ask.agent ? { agent: ask.agent } : {}),
    });
    const timer = setTimeout(() => {
      done('client_timeout');
      request.destroy();
    }, ask.timeoutMs ?? 30_000);
    request.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? error.message));
    request.on('response', (response) => listen(response, line, ask, done, () => request.destroy()));
    request.end(body);
  });
}

function listen(
  response: IncomingMessage,
  line: ClientLine,
  ask: OneAsk,
  done: (code: string | null) => void,
  hangUp: () => void,
): void {
  line.status = response.statusCode ?? 0;
  line.requestId = (response.headers['x-carpool-request-id'] as string | undefined) ?? null;
  line.retryAfter = response.headers['retry-after'] ?? null;
  response.setEncoding('utf8');
  let isLeaving = false;
  response.on('data', (piece: string) => {
    line.body += piece;
    if (isStream(response) && line.body.includes('event: message_stop\n')) readStream(line);
    if (ask.leave?.(line.body) && !isLeaving) {
      isLeaving = true;
      hangUp();
      done('left');
    }
  });
  response.on('error', (error: NodeJS.ErrnoException) => done(error.code ?? 'broken'));
  response.on('close', () => done('broken'));
  response.on('end', () => {
    if (!isStream(response) && response.complete) readWhole(line);
    done(line.sawEnd || line.status >= 400 ? null : 'broken');
  });
}

function isStream(response: IncomingMessage): boolean {
  return String(response.headers['content-type'] ?? '').startsWith('text/event-stream');
}

function readStream(line: ClientLine): void {
  if (line.sawEnd) return;
  line.input = Number(/"input_tokens":(\d+)/.exec(line.body)?.[1]);
  line.output = Number(/"usage":\{"output_tokens":(\d+)/.exec(line.body)?.[1]);
  line.sawEnd = true;
}

function readWhole(line: ClientLine): void {
  try {
    const answer = JSON.parse(line.body);
    if (line.status >= 400) {
      line.code = String(answer.error?.code ?? answer.error?.type ?? `http_${line.status}`);
      return;
    }
    line.input = Number(answer.usage.input_tokens);
    line.output = Number(answer.usage.output_tokens);
    line.sawEnd = true;
  } catch {
    line.code = 'not_json';
  }
}
