import type { IncomingHttpHeaders } from 'node:http';
import type { MeterReading } from '../../dialects/index.ts';
import type { AttemptStatus, Intent } from '../../ledger/ledger.ts';
import { upstreamRequestId } from '../../upstreams/response-headers.ts';
import type { Agent } from '../agent.ts';
import type { Attempt, Failure } from '../exchange.ts';
import { Tap } from '../meter.ts';
import { rowOf } from '../record.ts';
import type { Cause } from './failure.ts';

/** What the books are told of one attempt: gathered while its answer passes, written once. */
export class BookEntry {
  readonly #agent: Agent;
  readonly #attempt: Attempt;
  readonly #intent: Intent;
  #upstreamId: string | null = null;
  #firstByteAtMs: number | null = null;
  /** The request had begun to leave. */
  sent = false;
  /** Of the answer; null before it began. */
  httpStatus: number | null = null;
  receivedBytes = 0;
  books: 'open' | 'writing' | 'written' = 'open';
  tap: Tap | undefined;

  constructor(agent: Agent, attempt: Attempt, intent: Intent) {
    this.#agent = agent;
    this.#attempt = attempt;
    this.#intent = intent;
  }

  answerBegan(status: number, headers: IncomingHttpHeaders): void {
    const { call } = this.#attempt;
    this.httpStatus = status;
    this.#upstreamId = upstreamRequestId(headers);
    this.#firstByteAtMs = this.#agent.nowMs();
    this.#agent.metrics.upstreamAnswered(call.dialect.dialect, this.#firstByteAtMs - call.startedAtMs);
  }

  /** From here on the meter sees what passes. */
  meter(status: number, headers: IncomingHttpHeaders): void {
    this.tap = new Tap(this.#attempt.call, this.#attempt, status, headers);
  }

  /** What the meter read; null: it saw nothing. Call once. */
  read(how: 'end' | 'cut'): MeterReading | null {
    return this.tap?.end(how) ?? null;
  }

  /** Writes the final row. False when the books failed: then the caller must not see a proper end. */
  async write(status: AttemptStatus, errorType: string | null, reading: MeterReading | null): Promise<boolean> {
    this.books = 'writing';
    const row = rowOf(this.#attempt, this.#intent, {
      status,
      httpStatus: this.httpStatus,
      final: true,
      endedAtMs: this.#agent.nowMs(),
      firstByteAtMs: this.#firstByteAtMs,
      responseBytes: this.receivedBytes,
      errorType,
      upstreamRequestId: this.#upstreamId,
      reading,
      reachedUpstream: this.sent,
    });
    try {
      await this.#agent.ledger.settle(row);
    } catch (error) {
      this.#agent.log.error({ err: error, request: row.requestId }, 'an answer was cut because the books failed');
      return false;
    }
    this.books = 'written';
    this.#agent.metrics.requestEnded(row.dialect, status);
    return true;
  }

  /** How the attempt failed before the caller saw a byte; whoever goes on or gives up writes the row. */
  failure({ status, errorType, refusal }: Cause, reading: MeterReading | null): Failure {
    return {
      status,
      httpStatus: this.httpStatus,
      errorType,
      upstreamRequestId: this.#upstreamId,
      refusal,
      reading,
      reachedUpstream: true,
      tryElsewhere: false,
      tryFreshSocket: false,
    };
  }

  /** The answer was read and kept from the caller, for another account may do better. */
  passedOver(how: 'end' | 'cut'): Failure {
    const reading = this.read(how);
    const errorType = reading?.error?.type ?? `http_${this.httpStatus}`;
    const cause: Cause = { status: 'upstream_error', errorType, refusal: nobodyAnswers };
    return { ...this.failure(cause, reading), tryElsewhere: true };
  }
}

const nobodyAnswers = { code: 'upstream_none', message: 'no account of this group can answer just now' } as const;
