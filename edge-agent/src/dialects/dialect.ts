import type { Dialect, ModelEntry, Refusal, TokenUsage } from '@aicarpool/shared-protocol';

export type Operation = 'generate' | 'count_tokens' | 'list_models' | 'get_model' | 'embed';

/** What a request line asks for, once any prefix that the client's base URL brought along is gone. */
export interface Endpoint {
  readonly dialect: Dialect;
  readonly operation: Operation;
  /** What stands behind base URL + prefix of the upstream: `/v1/messages`, `/v1beta/models/x:streamGenerateContent`. */
  readonly nativePath: string;
  /** Query string as received (order and encoding) without the `key` parameter; with the leading `?`, or ''. */
  readonly search: string;
  /** Percent-decoded, without `models/`; Gemini's generate, count, embed and `get_model`. */
  readonly modelInPath: string | null;
  /** Gemini says by its verb whether it streams; null: the body says it. */
  readonly streamInPath: boolean | null;
}

export type EndpointReading =
  | { readonly ok: true; readonly endpoint: Endpoint }
  | {
      readonly ok: false;
      readonly refusal: Refusal;
      readonly dialect: Dialect;
      /** What HTTP itself wants with this refusal: `allow`, `upgrade`. */
      readonly headers?: Readonly<Record<string, string>>;
    };

export interface RequestFacts {
  readonly model: string;
  readonly stream: boolean;
  readonly maxOutputTokens: number | null;
}

export type RequestReading =
  | { readonly ok: true; readonly facts: RequestFacts }
  | { readonly ok: false; readonly refusal: Refusal };

export interface MeterInput {
  readonly endpoint: Endpoint;
  readonly facts: RequestFacts;
  readonly httpStatus: number;
  /** As received, parameters included; '' when absent. */
  readonly contentType: string;
}

/**
 * Reads usage from the bytes of one upstream answer while they pass (decoded: no content-encoding left).
 * The reading is the same wherever the bytes are cut. Never throws on what a provider sends, and its memory is bounded.
 */
export interface Meter {
  /**
   * True from the chunk on that holds the terminal event of a stream: bytes from here on are held until the books are
   * written. Always false for answers that are no stream (a JSON body, an error): hold their last chunk by
   * content-length, or stay one chunk behind.
   */
  push(chunk: Buffer): boolean;
  /** What the bytes so far are: `content` once something of an answer (or its end) passed, `error` when an error came first. */
  sign(): 'nothing' | 'content' | 'error';
  /** Output so far, by the bytes of its content: what nobody has counted yet. */
  outputTokens(): number;
  /** True when the bytes so far end between two events, so that `writeStreamError` may still be appended. */
  atBoundary(): boolean;
  /** Call once. `cut`: the upstream broke off or the client left before the body's proper end. */
  end(how: 'end' | 'cut'): MeterReading;
}

export interface MeterReading {
  readonly usage: TokenUsage;
  /** What is charged where it differs from `usage` (Anthropic iterations); a null model is the request's own. */
  readonly billed: readonly { readonly model: string | null; readonly usage: TokenUsage }[] | null;
  /**
   * The provider did not state the final usage. `usage.output` is then the larger of what it reported and what
   * the content that passed comes to; where `inputReported` is false, the caller adds its own estimate of the input.
   */
  readonly estimated: boolean;
  readonly inputReported: boolean;
  /** Terminal event seen, or the whole JSON read. */
  readonly complete: boolean;
  readonly servedModel: string | null;
  /** By which a later request may go on from this answer, where the provider keeps it. */
  readonly answerId?: string;
  readonly stopReason: string | null;
  readonly error: { readonly type: string; readonly message: string } | null;
}

export interface WrittenRefusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Everything the proxy knows about one way of talking. Pure: no disk, no socket, no clock. */
export interface DialectModule {
  readonly dialect: Dialect;
  /** Reads model, stream flag and output limit; nothing else of the body is looked at. */
  readRequest(endpoint: Endpoint, body: Buffer): RequestReading;
  newMeter(input: MeterInput): Meter;
  /** Status, headers (`content-type` included, `content-length` not) and body in the shape that makes clients stop asking. */
  writeRefusal(refusal: Refusal, requestId: string): WrittenRefusal;
  /** What is appended when a stream that already began breaks; '' where nothing can be said (then destroy the socket). */
  writeStreamError(refusal: Refusal, requestId: string, endpoint: Endpoint): string;
  /** Body of `list_models` (all of `models`) or `get_model` (`models` holds the one asked for). */
  writeModelList(models: readonly ModelEntry[], endpoint: Endpoint): string;
}
