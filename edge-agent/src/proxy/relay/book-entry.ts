import type { IncomingHttpHeaders } from 'node:http';
import { totalTokens } from '@aicarpool/shared-protocol';
import type { MeterReading } from '../../dialects/index.ts';
import type { AttemptStatus, Intent } from '../../ledger/ledger.ts';
import { upstreamRequestId } from '../../upstreams/response-headers.ts';
import type { Agent } from '../agent.ts';
import type { Attempt, Failure, Reply } from '../exchange.ts';
import { grownIntent, rowOf } from '../record.ts';
import type { UpstreamRequest } from '../upstream-request.ts';
import { type Cause, passedOver } from './failure.ts';
import { Tap } from './tap.ts';

/** A thousand tokens are several times as much in any dialect. */
const looksEveryBytes = 8_192;

/** What the books are told of one attempt: gathered while its answer passes, written once. */
export class BookEntry {
  readonly #agent: Agent;
  readonly #attempt: Attempt;
  readonly #intent: Intent;
  /** As it is in the books: of a long stream more would be lost than was expected at first. */
  #written: Intent;
  #lookAtBytes = looksEveryBytes;
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
    this.#written = intent;
  }

  answerBegan(status: number, headers: IncomingHttpHeaders): void {
    const { call } = this.#attempt;
    this.httpStatus = status;
    this.#upstreamId = upstreamRequestId(headers);
    this.#firstByteAtMs = this.#agent.nowMs();
    this.#agent.metrics.upstreamAnswered(call.dialect.dialect, this.#firstByteAtMs - call.startedAtMs);
  }

  /** From here on the meter sees what passes. */
  meter(request: UpstreamRequest, status: number, headers: IncomingHttpHeaders): Tap {
    this.tap = new Tap(this.#attempt, request, status, headers);
    return this.tap;
  }

  /** Now and then, as a stream passes: has it outgrown what would be booked of it? */
  look(): void {
    if (this.receivedBytes < this.#lookAtBytes || this.books !== 'open' || !this.#attempt.facts.stream) return;
    this.#lookAtBytes = this.receivedBytes + looksEveryBytes;
    const output = this.tap?.outputTokens() ?? 0;
    if (output <= this.#written.estimate.output) return;
    this.#written = grownIntent(this.#attempt, this.#written, output);
    this.#agent.ledger.renew(this.#written);
  }

  /** How long the account took to begin its answer; null: it did not. */
  get firstByteMs(): number | null {
    return this.#firstByteAtMs === null ? null : Math.max(0, this.#firstByteAtMs - this.#attempt.startedAtMs);
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
    this.#attempt.quota.settled(row);
    this.#attempt.booked.tokens += totalTokens(row.usage);
    if (reading?.answerId !== undefined) this.#agent.answerHomes.remember(reading.answerId, row.upstreamId);
    this.#agent.metrics.requestEnded(row.dialect, status);
    return true;
  }

  /** How the attempt failed before the caller saw a byte; whoever goes on or gives up writes the row. */
  failure(cause: Cause, reading: MeterReading | null): Failure {
    const { status, errorType, refusal, verdict, repeat } = cause;
    return { ...this.#facts(reading), status, errorType, refusal, verdict, repeat, reply: null };
  }

  /** The upstream said something, and it is no answer. */
  replied(said: Reply, reading: MeterReading | null): Failure {
    return { ...this.#facts(reading), ...passedOver(said, reading, this.#agent.nowMs()) };
  }

  #facts(reading: MeterReading | null) {
    return {
      httpStatus: this.httpStatus,
      upstreamRequestId: this.#upstreamId,
      reading,
      firstByteAtMs: this.#firstByteAtMs,
      responseBytes: this.receivedBytes,
      reachedUpstream: true,
    };
  }
}
