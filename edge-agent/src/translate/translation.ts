import type { Dialect, Refusal } from '@aicarpool/shared-protocol';
import type { Endpoint, WrittenRefusal } from '../dialects/index.ts';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue | undefined;
}

export interface RequestToTranslate {
  /** Of the caller. */
  readonly endpoint: Endpoint;
  readonly body: JsonObject;
  /** As the upstream is to be asked. */
  readonly model: string;
  readonly stream: boolean;
}

export interface TranslatedRequest {
  readonly body: JsonObject;
  /** What stands behind base URL + prefix of the upstream. */
  readonly nativePath: string;
  readonly search: string;
}

/** Refused: the message names the feature that the other format cannot express. Never thrown, never dropped silently. */
export type RequestTranslation =
  | { readonly ok: true; readonly request: TranslatedRequest }
  | { readonly ok: false; readonly refusal: Refusal };

export interface AnswerToTranslate {
  readonly endpoint: Endpoint;
  /** The caller's own request: some of it is repeated in answers, or decides what they hold. */
  readonly request: JsonObject;
  /** The name by which the caller asked. */
  readonly model: string;
  readonly stream: boolean;
  readonly requestId: string;
  readonly nowMs: number;
}

/** Upstream bytes in, caller's bytes out. */
export interface AnswerTranslator {
  readonly contentType: string;
  /** `chunk`: decoded, in any cut. '' while nothing can be said yet. */
  push(chunk: Buffer): string;
  end(how: 'end' | 'cut'): string;
}

export interface UpstreamError {
  readonly status: number;
  readonly body: Buffer;
  readonly requestId: string;
}

/** Serves callers of one dialect with an upstream of another. Pure: no disk, no socket, no clock. */
export interface Translation {
  readonly from: Dialect;
  readonly to: Dialect;
  translateRequest(input: RequestToTranslate): RequestTranslation;
  newAnswer(input: AnswerToTranslate): AnswerTranslator;
  /** A non-2xx answer of the upstream as the caller's dialect says it; the message is kept, account names are not. */
  translateError(error: UpstreamError): WrittenRefusal;
}
