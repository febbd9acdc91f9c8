import type { JsonObject, JsonValue, UpstreamError } from '../translation.ts';
import { type ErrorKind, errorKindOfStatus, errorKindOfType } from './error-kind.ts';
import { findJson, findText, isObject, objectOf, objectsOf, textOf } from './json.ts';

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

/** A refused request of any provider: JSON of each dialect, plain text, or a page of HTML. */
export function readUpstreamError({ status, body }: UpstreamError): UpstreamFailure {
  const text = body.subarray(0, 65_536).toString('utf8');
  const parsed = findJson(text.trim());
  const document = Array.isArray(parsed) ? objectOf(parsed[0]) : objectOf(parsed);
  const error = isObject(document['error']) ? document['error'] : document;
  const type = findText(error['type']) ?? findText(error['status']) ?? '';
  const code = textOf(error['code']);
  const kind = kindOf(status, type, code);
  const message = messageOf(error, document, parsed === undefined ? text : '');
  return {
    kind,
    type,
    code,
    message: message === '' ? `The upstream answered with status ${status}.` : message.slice(0, MAX_MESSAGE_CHARS),
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

function messageOf(error: JsonObject, document: JsonObject, text: string): string {
  const said: readonly (JsonValue | undefined)[] = [error['message'], document['error'], document['detail'], document['message']];
  const found = said.find((one) => typeof one === 'string' && one !== '');
  if (typeof found === 'string') return found;
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
