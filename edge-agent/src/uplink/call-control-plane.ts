import { problem } from '@aicarpool/shared-protocol';
import { Agent, type Dispatcher, fetch } from 'undici';
import { z } from 'zod';

/** Why a call did not give what it asked for. `message` is written for a person and holds no secret. */
export interface CallFailure {
  readonly kind: 'unreachable' | 'refused' | 'rubbish';
  readonly status: number | null;
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
  readonly retryAfterMs: number | null;
}

export type CallResult<T> = { readonly ok: true; readonly data: T } | { readonly ok: false; readonly failure: CallFailure };

export interface Call<T> {
  /** Below `/api/v1/edge-nodes/`. */
  readonly name: string;
  readonly token: string;
  readonly body: unknown;
  readonly answer: z.ZodType<T>;
  readonly deadlineMs: number;
  /** Ends the call early: nobody waits for its answer any more. */
  readonly signal: AbortSignal;
}

const longestAnswerBytes = 64 * 1024 * 1024;
const longestRetryAfterMs = 600_000;

/** The HTTP side of the uplink: a few connections that this node dials, answers in the envelope of the API, deadlines. */
export class ControlPlane {
  readonly url: string;
  readonly #dispatcher: Dispatcher;

  constructor(url: string) {
    this.url = url.replace(/\/+$/, '');
    const silence = { headersTimeout: 30_000, bodyTimeout: 30_000 };
    this.#dispatcher = new Agent({ connect: { timeout: 5_000 }, connections: 8, keepAliveTimeout: 60_000, ...silence });
  }

  /** Never throws: everything that can go wrong is a failure with a reason. */
  async post<T>(call: Call<T>): Promise<CallResult<T>> {
    try {
      const response = await fetch(`${this.url}/api/v1/edge-nodes/${call.name}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${call.token}`, 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(call.body),
        redirect: 'error',
        dispatcher: this.#dispatcher,
        signal: AbortSignal.any([call.signal, AbortSignal.timeout(call.deadlineMs)]),
      });
      const text = await readText(response.body);
      if (!response.ok) return { ok: false, failure: refusalOf(response.status, response.headers.get('retry-after'), text) };
      return readEnvelope(call.answer, text);
    } catch (error) {
      return { ok: false, failure: unreachable(error) };
    }
  }

  /** Opens the event stream: an answer whose body goes on until one side ends it. */
  async openEvents(token: string, sessionNo: number, signal: AbortSignal): Promise<CallResult<AsyncIterable<Uint8Array>>> {
    try {
      const response = await fetch(`${this.url}/api/v1/edge-nodes/events?session_no=${sessionNo}`, {
        headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
        redirect: 'error',
        dispatcher: this.#dispatcher,
        signal,
      });
      if (response.ok && response.body !== null) return { ok: true, data: response.body };
      const text = await readText(response.body);
      return { ok: false, failure: refusalOf(response.status, response.headers.get('retry-after'), text) };
    } catch (error) {
      return { ok: false, failure: unreachable(error) };
    }
  }

  async close(): Promise<void> {
    await this.#dispatcher.destroy();
  }
}

function readEnvelope<T>(schema: z.ZodType<T>, text: string): CallResult<T> {
  const parsed = z.object({ success: z.literal(true), data: schema }).safeParse(parseJson(text));
  if (parsed.success) return { ok: true, data: parsed.data.data };
  const issue = parsed.error.issues[0];
  const where = issue ? `${issue.path.map(String).join('.')}: ${issue.message}` : 'not as agreed';
  return { ok: false, failure: rubbish(200, `the answer is not what this version expects (${where})`) };
}

function refusalOf(status: number, retryAfter: string | null, text: string): CallFailure {
  const parsed = problem.safeParse(parseJson(text));
  const retryAfterMs = retryAfterOf(retryAfter);
  if (!parsed.success)
    return { ...rubbish(status, `answered ${status}, and not as an AiCarpool control plane does`), retryAfterMs };
  const { code, message, details } = parsed.data.error;
  return { kind: 'refused', status, code, message, details, retryAfterMs };
}

function retryAfterOf(header: string | null): number | null {
  const seconds = Number(header);
  return header === null || !Number.isFinite(seconds) || seconds < 0 ? null : Math.min(longestRetryAfterMs, seconds * 1000);
}

function rubbish(status: number, message: string): CallFailure {
  return { kind: 'rubbish', status, code: 'rubbish', message, retryAfterMs: null };
}

function unreachable(error: unknown): CallFailure {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unreachable';
  const timedOut = error instanceof Error && error.name === 'TimeoutError';
  const message = timedOut ? 'no answer in time' : cause instanceof Error && cause.message !== '' ? cause.message : code;
  return { kind: 'unreachable', status: null, code: timedOut ? 'timeout' : code, message, retryAfterMs: null };
}

async function readText(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > longestAnswerBytes) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
