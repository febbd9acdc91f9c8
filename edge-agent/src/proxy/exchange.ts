import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Refusal } from '@aicarpool/shared-protocol';
import type { DialectModule, Endpoint, MeterReading, RequestFacts } from '../dialects/index.ts';
import type { AttemptStatus } from '../ledger/ledger.ts';
import type { GroupEntry, KeyEntry, ServiceEntry, UpstreamEntry } from '../snapshot/snapshot.ts';
import type { ClientLink } from './intake/client-link.ts';

/** One request as it came from the caller. */
export interface Call {
  readonly requestId: string;
  readonly startedAtMs: number;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly endpoint: Endpoint;
  readonly dialect: DialectModule;
  readonly link: ClientLink;
  /** The caller waits for `100 Continue` before it sends the body. */
  readonly awaitsContinue: boolean;
}

/** Whose request it is. */
export interface Caller {
  readonly key: KeyEntry;
  readonly group: GroupEntry;
}

/** What is asked for: the body as received, and the few facts that were read from it. */
export interface Question {
  readonly body: Buffer;
  readonly facts: RequestFacts;
}

/** An account that may answer. */
export interface Candidate {
  readonly service: ServiceEntry;
  readonly upstream: UpstreamEntry;
}

export interface Attempt extends Question {
  readonly call: Call;
  readonly caller: Caller;
  readonly candidate: Candidate;
  /** 1 for the first; with the request id it names the row in the books. */
  readonly number: number;
  readonly startedAtMs: number;
  /** Whether an answer with this status is to be dropped because another candidate is left that may better it. */
  readonly goesOn: (httpStatus: number) => boolean;
  /** Only on a socket that nothing was read from before. */
  readonly freshSocket: boolean;
}

/** How an attempt ended before a byte of it reached the caller. It is not in the books yet. */
export interface Failure {
  readonly status: Extract<AttemptStatus, 'upstream_error' | 'timeout' | 'stream_broken'>;
  readonly httpStatus: number | null;
  readonly errorType: string;
  readonly upstreamRequestId: string | null;
  /** What the node itself would tell the caller. */
  readonly refusal: Refusal;
  readonly reading: MeterReading | null;
  /** The upstream may have begun to work, and to charge. */
  readonly reachedUpstream: boolean;
  readonly tryElsewhere: boolean;
  readonly tryFreshSocket: boolean;
}

/** `answered`: the books are written and the caller has the answer, or is gone. */
export type AttemptEnd = { readonly answered: true } | { readonly answered: false; readonly failure: Failure };

export type Refused = { readonly ok: false; readonly refusal: Refusal };
