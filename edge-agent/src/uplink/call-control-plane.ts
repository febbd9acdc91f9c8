import { problem } from '@aicarpool/shared-protocol';
import { Agent, type Dispatcher, fetch, type Response } from 'undici';
import { z } from 'zod';
import type { Authorized, Credential, Outgoing } from './signing/credential.ts';

/** Why a call did not give what it asked for. `message` is written for a person and holds no secret. */
export interface CallFailure {
  readonly kind: 'unreachable' | 'refused' | 'rubbish';
  readonly status: number | null;
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
  readonly retryAfterMs: number | null;
  /** The control plane said this, and nobody in between: only then a refusal may end anything. */
  readonly proved?: boolean;
}

export type CallResult<T> = { readonly ok: true; readonly data: T } | { readonly ok: false; readonly failure: CallFailure };

export interface Call<T> {
  /** Below `/api/v1/edge-nodes/`. */
  readonly name: string;
  readonly token: Credential;
  readonly body: unknown;
  readonly answer: z.ZodType<T>;
  readonly deadlineMs: number;
  /** Ends the call early: nobody waits for its answer any more. */
  readonly signal: AbortSignal;
}

const mount = '/api/v1/edge-nodes/';
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

  /** Never throws: everything that can go wrong is a failure with a reason. What can be put right is tried once more. */
  async post<T>(call: Call<T>): Promise<CallResult<T>> {
    const first = await this.#post(call);
    if (first.ok || !(await call.token.recover(first.failure, call.signal))) return first;
    return await this.#post(call);
  }

  /** Opens the event stream: an answer whose body goes on until one side ends it. */
  async openEvents(token: Credential, sessionNo: number, signal: AbortSignal): Promise<CallResult<AsyncIterable<Uint8Array>>> {
    const first = await this.#openEvents(token, sessionNo, signal);
    if (first.ok || !(await token.recover(first.failure, signal))) return first;
    return await this.#openEvents(token, sessionNo, signal);
  }

  async #post<T>({ name, token, body, answer, deadlineMs, signal: until }: Call<T>): Promise<CallResult<T>> {
    const signal = AbortSignal.any([until, AbortSignal.timeout(deadlineMs)]);
    try {
      const outgoing = { method: 'POST', path: `${mount}${name}`, body: JSON.stringify(body) } as const;
      const authorized = await token.authorize(outgoing, signal);
      if (!authorized.ok) return authorized;
      const headers = { 'content-type': 'application/json', accept: 'application/json' };
      const response = await this.#fetch(outgoing, { ...headers, ...authorized.headers }, signal);
      const bytes = await readBody(response.body);
      const proved = isProved(authorized, response, bytes);
      if (!response.ok) return { ok: false, failure: refusalOf(response, bytes, proved) };
      return proved ? readEnvelope(answer, bytes.toString('utf8')) : { ok: false, failure: unproved(response, bytes) };
    } catch (error) {
      return { ok: false, failure: unreachable(error) };
    }
  }

  async #openEvents(token: Credential, sessionNo: number, signal: AbortSignal): Promise<CallResult<AsyncIterable<Uint8Array>>> {
    try {
      const outgoing = { method: 'GET', path: `${mount}events?session_no=${sessionNo}`, body: '' } as const;
      const authorized = await token.authorize(outgoing, signal);
      if (!authorized.ok) return authorized;
      const response = await this.#fetch(outgoing, { accept: 'text/event-stream', ...authorized.headers }, signal);
      if (response.ok && response.body !== null) return { ok: true, data: response.body };
      const bytes = await readBody(response.body);
      return { ok: false, failure: refusalOf(response, bytes, isProved(authorized, response, bytes)) };
    } catch (error) {
      return { ok: false, failure: unreachable(error) };
    }
  }

  #fetch({ method, path, body }: Outgoing, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    const init = { method, headers, redirect: 'error', dispatcher: this.#dispatcher, signal } as const;
    return fetch(`${this.url}${path}`, method === 'GET' ? init : { ...init, body });
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

function isProved(authorized: Authorized, { status, headers }: Response, body: Buffer): boolean {
  return authorized.ok && authorized.proves({ status, proof: headers.get('carpool-proof'), body });
}

/** An answer that anybody in between could have made. */
function unproved({ status }: Response, bytes: Buffer): CallFailure {
  const stranger = parseEnvelope(bytes.toString('utf8'))
    ? 'and does not prove who it is'
    : 'and not as an AiCarpool control plane does';
  return { ...rubbish(status, `answered ${status}, ${stranger}`), code: 'answer_unproved' };
}

function refusalOf({ status, headers }: Response, bytes: Buffer, proved: boolean): CallFailure {
  const parsed = problem.safeParse(parseJson(bytes.toString('utf8')));
  const retryAfterMs = retryAfterOf(headers.get('retry-after'));
  if (!parsed.success)
    return { ...rubbish(status, `answered ${status}, and not as an AiCarpool control plane does`), retryAfterMs };
  const { code, message, details } = parsed.data.error;
  return { kind: 'refused', status, code, message, details, retryAfterMs, proved };
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

function parseEnvelope(text: string): boolean {
  return z.object({ success: z.boolean() }).safeParse(parseJson(text)).success;
}

async function readBody(body: AsyncIterable<Uint8Array> | null): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > longestAnswerBytes) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
