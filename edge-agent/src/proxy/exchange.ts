import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Dialect, Refusal } from '@aicarpool/shared-protocol';
import type { DialectModule, Endpoint, MeterReading, RequestFacts, RequestHints } from '../dialects/index.ts';
import type { Verdict, Visit } from '../health/health.ts';
import type { AttemptStatus } from '../ledger/ledger.ts';
import type { AttemptHold } from '../limits/quota/quotas.ts';
import type { GroupEntry, KeyEntry, ServiceEntry, ServiceRoute, UpstreamEntry } from '../snapshot/snapshot.ts';
import type { Translation } from '../translate/translation.ts';
import type { ClientLink } from './intake/client-link.ts';
import type { UpstreamRequest } from './upstream-request.ts';

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
  /** Something of his group's config was spoilt on disk: what he asks for may exist though it is not found. */
  readonly isPartial?: boolean;
}

/** What is asked for: the body as received, and the few facts that were read from it. */
export interface Question {
  readonly body: Buffer;
  readonly facts: RequestFacts;
  /** Read from the body when asked for: features, and the name of the conversation. */
  readonly hints: RequestHints;
  /** Tokens that were booked for this request so far, by all its attempts. */
  readonly booked: { tokens: number };
}

/** An account that may answer, and how it is to be asked. */
export interface Candidate {
  readonly service: ServiceEntry;
  readonly upstream: UpstreamEntry;
  readonly route: ServiceRoute;
  /** The name by which the account is asked; the caller's own, unless an alias or a substitution says otherwise. */
  readonly model: string;
  /** What the account speaks. */
  readonly dialect: Dialect;
  /** null: the same as the caller, bytes pass untouched. */
  readonly translation: Translation | null;
  /** Another model answers in place of the one that was asked for, because the group allows that. */
  readonly substituted: boolean;
}

export interface Attempt extends Question {
  readonly call: Call;
  readonly caller: Caller;
  readonly candidate: Candidate;
  /** 1 for the first; with the request id it names the row in the books. */
  readonly number: number;
  readonly startedAtMs: number;
  /** Holds what this attempt shows for or against its account. Ended by whoever made it. */
  readonly visit: Visit;
  /** What it holds of the quotas that count it. */
  readonly quota: AttemptHold;
  /** Only on a socket that nothing was read from before. */
  readonly freshSocket: boolean;
}

/**
 * Whether the question may be asked again. `other`: somebody else, at once; `again`: after a pause; `overloaded`: another
 * provider at once, or the same after a pause; `once`: one more time; `fresh`: the same on a fresh socket.
 */
export type Repeat = 'never' | 'fresh' | 'other' | 'again' | 'overloaded' | 'once';

/** What the upstream itself said, as it came: to be passed on where nobody does better. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly request: UpstreamRequest;
}

/** How an attempt ended before a byte of it reached the caller. It is not in the books yet. */
export interface Failure {
  readonly status: Extract<AttemptStatus, 'upstream_error' | 'timeout' | 'stream_broken'>;
  readonly httpStatus: number | null;
  readonly errorType: string;
  readonly upstreamRequestId: string | null;
  /** What the node itself would tell the caller. */
  readonly refusal: Refusal;
  readonly reply: Reply | null;
  readonly reading: MeterReading | null;
  readonly firstByteAtMs: number | null;
  readonly responseBytes: number;
  /** The upstream may have begun to work, and to charge. */
  readonly reachedUpstream: boolean;
  readonly verdict: Verdict;
  readonly repeat: Repeat;
}

/** `answered`: the books are written and the caller has the answer, or is gone. */
export type AttemptEnd =
  | { readonly answered: true; readonly verdict: Verdict }
  | { readonly answered: false; readonly failure: Failure };

export type Refused = { readonly ok: false; readonly refusal: Refusal };
