import { type ErrorKind, errorKindOfType } from '../../parts/error-kind.ts';
import type { JsonObject } from '../../translation.ts';

/** HTTP status and google.rpc.Code of an error, as Gemini CLI reads them: it asks again after 429 and 5xx only. */
const errors: Record<ErrorKind, readonly [code: number, status: string]> = {
  invalid_request: [400, 'INVALID_ARGUMENT'],
  authentication: [401, 'UNAUTHENTICATED'],
  billing: [429, 'RESOURCE_EXHAUSTED'],
  permission: [403, 'PERMISSION_DENIED'],
  not_found: [404, 'NOT_FOUND'],
  too_large: [413, 'INVALID_ARGUMENT'],
  rate_limited: [429, 'RESOURCE_EXHAUSTED'],
  overloaded: [503, 'UNAVAILABLE'],
  timeout: [504, 'DEADLINE_EXCEEDED'],
  server: [500, 'INTERNAL'],
};

/** A budget that is used up reads like a daily quota: the only shape of 429 after which Gemini CLI does not ask again. */
const usedUp: JsonObject = {
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaId: 'BudgetPerDay', subject: 'aicarpool', description: 'The budget of the service is used up.' }],
};

export function rpcErrorOfKind(kind: ErrorKind, message: string, more: readonly JsonObject[] = []): JsonObject {
  const [code, status] = errors[kind];
  const details = [...(kind === 'billing' ? [usedUp] : []), ...more];
  return { error: { code, message, status, ...(details.length > 0 ? { details } : {}) } };
}

export function rpcError(type: string, message: string): JsonObject {
  return rpcErrorOfKind(errorKindOfType(type), message);
}

export function rpcStatusCode(kind: ErrorKind): number {
  return errors[kind][0];
}
