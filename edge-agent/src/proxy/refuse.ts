import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Dialect, Refusal } from '@aicarpool/shared-protocol';
import { dialectModules } from '../dialects/index.ts';
import type { Agent } from './agent.ts';
import { closesAfter, endRefusal } from './intake/linger.ts';

/** Where a refusal goes: known even when nothing else about the request is. */
export interface Refusable {
  readonly requestId: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Answers in the caller's own dialect, and counts it. `more`: headers that HTTP itself wants with this status. */
export function refuse(
  agent: Agent,
  to: Refusable,
  dialect: Dialect,
  refusal: Refusal,
  more: Readonly<Record<string, string>> = {},
): void {
  agent.metrics.refused(refusal.code);
  const { request, response } = to;
  if (response.destroyed || response.headersSent) return;
  const written = dialectModules[dialect].writeRefusal(refusal, to.requestId);
  const body = Buffer.from(written.body);
  const headers: string[] = [];
  for (const [name, value] of Object.entries({ ...written.headers, ...more })) headers.push(name, value);
  headers.push('content-length', String(body.length), 'x-carpool-request-id', to.requestId);
  const closes = closesAfter(request, refusal.code);
  if (closes || agent.load.draining) headers.push('connection', 'close');
  response.writeHead(written.status, headers);
  endRefusal(request, response, body, closes);
}
