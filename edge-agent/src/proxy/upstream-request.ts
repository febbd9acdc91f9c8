import type { Refusal } from '@aicarpool/shared-protocol';
import type { Dispatcher } from 'undici';
import type { Endpoint, WrittenRefusal } from '../dialects/index.ts';
import type { AnswerTranslator, UpstreamError } from '../translate/translation.ts';
import type { Unwrap } from '../upstreams/vendors/vendor.ts';

/** Takes out of a passing stream what the caller did not ask for. Bytes in any cut, bytes out. */
export interface AnswerFilter {
  push(chunk: Buffer): Buffer;
  /** What was kept back because its line had no end yet. */
  end(): Buffer;
}

/** One request, ready to leave, and how its answer is to be read: `unwrap`, then the meter sees it, then `filter` or `answer`. */
export interface UpstreamRequest {
  readonly dispatcher: Dispatcher;
  readonly options: Dispatcher.DispatchOptions;
  /** What the account is asked, in its own dialect: by this the meter reads its answer. */
  readonly endpoint: Endpoint;
  /** Decoded bytes of a 2xx answer pass through it before anything else; null: they are the dialect's own. */
  readonly unwrap: Unwrap | null;
  /** For the decoded bytes of a 2xx stream, whose length then is not the upstream's; null: they go as they come. */
  readonly filter: AnswerFilter | null;
  /** For the decoded bytes of a 2xx answer in another dialect; null: caller and account speak the same. */
  readonly answer: AnswerTranslator | null;
  /** For any other answer in another dialect; null like `answer`. */
  readonly translateError: ((error: UpstreamError) => WrittenRefusal) | null;
}

/**
 * `refusal` says why this account cannot serve this very request although another may; null: the account cannot be
 * used at all. The caller hears the first such refusal when nobody else could serve.
 */
export type Adapted =
  | { readonly ok: true; readonly request: UpstreamRequest }
  | { readonly ok: false; readonly refusal: Refusal | null };
