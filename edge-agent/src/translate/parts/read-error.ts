import type { JsonObject, JsonValue, UpstreamError } from '../translation.ts';
import { withoutAccountNames } from './account-names.ts';
import { type ErrorKind, errorKindOfStatus, errorKindOfType } from './error-kind.ts';
import { findText, isObject, objectOf, objectsOf, textOf } from './json.ts';
import { JsonEvents } from './json-events.ts';

export interface UpstreamFailure {
  readonly kind: ErrorKind;
  /** The provider's own word for it, '' where it has none. */
  readonly type: string;
  readonly code: string;
  readonly message: string;
  /** What the body asks to wait (Google's RetryInfo, "try again in 1.5s"). */
  readonly retryAfterSeconds: number | undefined;
  /** Asking again is of no use before somebody pays or a day ends. */
  readonly isExhausted: boolean;
}

const MAX_MESSAGE_CHARS = 2000;
const MAX_BODY_BYTES = 65_536;

/** A refused request of any provider: JSON of each dialect, plain text, or a page of HTML. */
export function readUpstreamError({ status, body }: UpstreamError): UpstreamFailure {
  const document = documentOf(body.subarray(0, MAX_BODY_BYTES));
  const error = isObject(document?.['error']) ? document['error'] : (document ?? {});
  const type = findText(error['type']) ?? findText(error['status']) ?? '';
  const code = textOf(error['code']);
  const kind = kindOf(status, type, code);
  const message = document ? statedMessage(error, document) : plainMessage(body.toString('utf8', 0, MAX_BODY_BYTES));
  return {
    kind,
    type,
    code,
    message:
      message === '' ? `The upstream answered with status ${status}.` : withoutAccountNames(message.slice(0, MAX_MESSAGE_CHARS)),
    retryAfterSeconds: retryOf(error),
    isExhausted: kind === 'billing' || isPerDay(error),
  };
}

/** The status tells the kind; only money is told by words alone, as it comes with 429, 403 and 400. */
function kindOf(status: number, type: string, code: string): ErrorKind {
  const isMoney = [type, code].some((word) => errorKindOfType(word) === 'billing');
  if (isMoney) return 'billing';
  if (type === 'overloaded_error') return 'overloaded';
  return errorKindOfStatus(status);
}

/** The error itself: a body, or one of the events of a stream that began with it. */
function documentOf(body: Buffer): JsonObject | undefined {
  const events = new JsonEvents();
  const documents = [...events.push(body), ...events.end()].map(({ data }) => data);
  const failed = documents.map(({ response }) => objectOf(response)).find(({ error }) => isObject(error));
  return documents.find(({ error }) => isObject(error)) ?? failed ?? documents[0];
}

function statedMessage(error: JsonObject, document: JsonObject): string {
  const said: readonly (JsonValue | undefined)[] = [error['message'], document['error'], document['detail'], document['message']];
  return textOf(said.find((one) => typeof one === 'string' && one !== '')) || listedProblems(document);
}

/** FastAPI's list of what it refuses, as vLLM, Mistral and other compatible servers send it. */
function listedProblems(document: JsonObject): string {
  const problems = [...objectsOf(document['detail']), ...objectsOf(objectOf(document['message'])['detail'])];
  const words = problems.map(({ msg, loc }) => (Array.isArray(loc) ? `${textOf(msg)} (${loc.join('.')})` : textOf(msg)));
  return words.filter((word) => word !== '').join('; ');
}

/** Pages of HTML are for browsers. */
function plainMessage(text: string): string {
  const trimmed = text.trim();
  return trimmed.startsWith('<') ? '' : trimmed;
}

function retryOf(error: JsonObject): number | undefined {
  for (const detail of objectsOf(error['details'])) {
    const delay = findText(detail['retryDelay']);
    const seconds = delay?.endsWith('s') ? Number(delay.slice(0, -1)) : Number.NaN;
    if (seconds >= 0) return Math.ceil(seconds);
  }
  return undefined;
}

function isPerDay(error: JsonObject): boolean {
  const violations = objectsOf(error['details']).flatMap((detail) => objectsOf(detail['violations']));
  return violations.some(({ quotaId }) => textOf(quotaId).includes('PerDay'));
}
