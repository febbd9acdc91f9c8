import type { Refusal } from '@aicarpool/shared-protocol';
import type { Agent } from '../agent.ts';
import type { Call, Refused } from '../exchange.ts';

/** Where a body comes from; which API it is for plays no part. */
export type BodySource = Pick<Call, 'request' | 'response' | 'link' | 'awaitsContinue'>;

export type BodyReading =
  | { readonly ok: true; readonly body: Buffer }
  | Refused
  /** The caller hung up; there is nobody to answer. */
  | { readonly ok: false; readonly refusal: undefined };

/**
 * The whole request body. Memory is bounded per body and over all of them; a body that stops coming or trickles is
 * refused. The bytes stay counted in `load.bufferedBytes` until `releaseBody`.
 */
export function readBody(agent: Agent, call: BodySource): Promise<BodyReading> {
  const { limits, load } = agent;
  const declared = Number(call.request.headers['content-length'] ?? 0);
  if (declared > limits.bodyBytes) return Promise.resolve({ ok: false, refusal: tooLarge(limits.bodyBytes) });
  if (load.bufferedBytes + declared > limits.bufferedBytes) return Promise.resolve({ ok: false, refusal: full });
  if (call.awaitsContinue) call.response.writeContinue();
  return new Promise((resolve) => new Reader(agent, call, resolve).start());
}

export function releaseBody(agent: Agent, body: Buffer): void {
  agent.load.bufferedBytes -= body.length;
}

const full: Refusal = {
  code: 'node_busy',
  message: 'this node holds as many request bodies as it can; try again',
  retryAfterSeconds: 1,
};
const tooSlow: Refusal = { code: 'body_too_slow', message: 'the request body arrived too slowly' };

function tooLarge(bodyBytes: number): Refusal {
  return { code: 'body_too_large', message: `the request body is larger than ${Math.floor(bodyBytes / 1024 / 1024)} MiB` };
}

class Reader {
  readonly #agent: Agent;
  readonly #call: BodySource;
  readonly #resolve: (reading: BodyReading) => void;
  readonly #parts: Buffer[] = [];
  readonly #startedAtMs: number;
  place = -1;
  #bytes = 0;
  #open = true;

  constructor(agent: Agent, call: BodySource, resolve: (reading: BodyReading) => void) {
    this.#agent = agent;
    this.#call = call;
    this.#resolve = resolve;
    this.#startedAtMs = performance.now();
  }

  start(): void {
    const { request, link } = this.#call;
    request.on('data', this.#take);
    request.on('end', () => this.#finish());
    link.whenGone(() => this.#stop({ ok: false, refusal: undefined }));
    this.#agent.load.reading.add(this);
  }

  readonly #take = (chunk: Buffer): void => {
    const { load, limits } = this.#agent;
    this.#bytes += chunk.length;
    load.bufferedBytes += chunk.length;
    if (this.#bytes > limits.bodyBytes) this.#stop({ ok: false, refusal: tooLarge(limits.bodyBytes) });
    else if (load.bufferedBytes > limits.bufferedBytes) this.#stop({ ok: false, refusal: full });
    else this.#parts.push(chunk);
  };

  /** Asked every second or so: does it still arrive fast enough? */
  look(): void {
    const { limits } = this.#agent;
    const elapsedMs = performance.now() - this.#startedAtMs;
    if (elapsedMs < limits.slowBodyGraceMs) return;
    const wanted = (elapsedMs / 1000) * limits.bodyBytesPerSecond;
    if (this.#bytes < wanted || elapsedMs > limits.bodyTimeoutMs) this.#stop({ ok: false, refusal: tooSlow });
  }

  #finish(): void {
    const [first] = this.#parts;
    const body = this.#parts.length === 1 && first ? first : Buffer.concat(this.#parts, this.#bytes);
    this.#settle({ ok: true, body });
  }

  #stop(reading: BodyReading): void {
    if (!this.#open) return;
    this.#agent.load.bufferedBytes -= this.#bytes;
    this.#parts.length = 0;
    this.#settle(reading);
  }

  #settle(reading: BodyReading): void {
    if (!this.#open) return;
    this.#open = false;
    this.#agent.load.reading.delete(this);
    this.#call.request.off('data', this.#take);
    this.#call.link.whenGone(undefined);
    this.#resolve(reading);
  }
}
